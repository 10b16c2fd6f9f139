//! The launcher against the Postgres of this machine. Each test has its own data directory, and asks the server
//! through sqlx, as the service does.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use sqlx::{Connection as _, PgConnection};

use super::{Error, Options, PrivatePostgres, SUPERUSER};

/// A folder for one test, in memory where there is room, which Postgres' account can get to.
fn folder() -> tempfile::TempDir {
    let parent = super::folder::in_memory().unwrap_or_else(std::env::temp_dir);
    let folder = tempfile::tempdir_in(parent).unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    folder
}

/// Kept in `folder` from one start to the next; not synced, which no test here can tell.
fn kept(folder: &Path) -> Options {
    Options {
        data_dir: Some(folder.join("data")),
        durable: false,
        ..Options::kept()
    }
}

fn query<T>(postgres: &PrivatePostgres, sql: &str) -> T
where
    T: for<'r> sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres> + Send + Unpin,
{
    query_at(&postgres.url("postgres", SUPERUSER), sql)
}

fn query_at<T>(url: &str, sql: &str) -> T
where
    T: for<'r> sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres> + Send + Unpin,
{
    block_on(async {
        let mut connection = PgConnection::connect(url).await.unwrap();
        sqlx::query_scalar(sql)
            .fetch_one(&mut connection)
            .await
            .unwrap()
    })
}

fn execute(postgres: &PrivatePostgres, sql: &str) {
    block_on(async {
        let mut connection = PgConnection::connect(&postgres.url("postgres", SUPERUSER))
            .await
            .unwrap();
        sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
    });
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(future)
}

/// A process that has ended may stay as a zombie for as long as nobody collects it.
fn lives(pid: u32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let number = Pid::from_raw(i32::try_from(pid).unwrap()).unwrap();
    test_kill_process(number).is_ok() && !stat.contains(") Z ")
}

fn signal(pid: u32, signal: Signal) {
    kill_process(Pid::from_raw(i32::try_from(pid).unwrap()).unwrap(), signal).unwrap();
}

/// Nothing wakes us when another process ends or a file goes, so we look, at most 20 s.
fn eventually(what: &str, holds: impl Fn() -> bool) {
    let started = Instant::now();
    while !holds() {
        assert!(
            started.elapsed() < Duration::from_secs(20),
            "not within 20 s: {what}"
        );
        sleep(Duration::from_millis(10));
    }
}

#[test]
fn what_was_committed_is_there_after_a_restart() {
    let folder = folder();
    let first = PrivatePostgres::start(&kept(folder.path())).unwrap();
    execute(
        &first,
        "CREATE TABLE kept (n int); INSERT INTO kept VALUES (7)",
    );
    let pid = first.server_pid().unwrap();
    first.stop().unwrap();
    assert!(!lives(pid), "stop returns when the server has gone");

    let second = PrivatePostgres::start(&kept(folder.path())).unwrap();
    assert_eq!(query::<i32>(&second, "SELECT n FROM kept"), 7);
}

#[test]
fn a_durable_server_syncs_and_a_setting_of_the_callers_wins() {
    let folder = folder();
    let mut options = kept(folder.path());
    options.settings = vec![
        ("max_connections".into(), "17".into()),
        ("log_timezone".into(), "Asia/Tokyo".into()),
    ];
    let postgres = PrivatePostgres::start(&options).unwrap();
    assert_eq!(query::<String>(&postgres, "SHOW fsync"), "off");
    assert_eq!(query::<String>(&postgres, "SHOW max_connections"), "17");
    let zone = query::<String>(&postgres, "SHOW log_timezone");
    assert_eq!(zone, "Asia/Tokyo");
    postgres.stop().unwrap();

    options.durable = true;
    let postgres = PrivatePostgres::start(&options).unwrap();
    assert_eq!(query::<String>(&postgres, "SHOW fsync"), "on");
    assert_eq!(query::<String>(&postgres, "SHOW synchronous_commit"), "on");
    assert_eq!(query::<String>(&postgres, "SHOW server_encoding"), "UTF8");
}

#[test]
fn it_is_reached_through_its_socket_only_and_only_by_its_account() {
    let folder = folder();
    let postgres = PrivatePostgres::start(&kept(folder.path())).unwrap();
    assert_eq!(query::<String>(&postgres, "SHOW listen_addresses"), "");
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&postgres.socket), 0o700);
    assert_eq!(mode(&postgres.data_dir().join("cluster")), 0o700);
}

#[test]
fn names_in_a_url_are_encoded() {
    let folder = folder();
    let postgres = PrivatePostgres::start(&kept(folder.path())).unwrap();
    execute(&postgres, r#"CREATE DATABASE "a/b?c d"; "#);
    execute(&postgres, r#"CREATE ROLE "x@y:z" LOGIN"#);
    let url = postgres.url("a/b?c d", "x@y:z");
    assert_eq!(
        query_at::<String>(
            &url,
            "SELECT current_database()::text || ' ' || current_user"
        ),
        "a/b?c d x@y:z"
    );
}

#[test]
fn a_second_owner_is_refused_while_the_first_lives() {
    let folder = folder();
    let first = PrivatePostgres::start(&kept(folder.path())).unwrap();
    let error = PrivatePostgres::start(&kept(folder.path())).unwrap_err();
    assert!(matches!(error, Error::InUse { .. }), "{error}");
    let text = error.to_string();
    assert!(
        text.contains(&format!("process {}", std::process::id())) && text.contains("--data-dir"),
        "{text}"
    );
    // And the first was not harmed by the attempt.
    assert_eq!(query::<i32>(&first, "SELECT 1"), 1);

    first.stop().unwrap();
    PrivatePostgres::start(&kept(folder.path())).unwrap();
}

#[test]
fn an_ephemeral_one_leaves_nothing_behind() {
    let postgres = PrivatePostgres::start(&Options::throwaway()).unwrap();
    let (data_dir, pid) = (
        postgres.data_dir().to_owned(),
        postgres.server_pid().unwrap(),
    );
    assert!(data_dir.join("cluster/PG_VERSION").exists());
    drop(postgres);
    assert!(!lives(pid));
    assert!(!data_dir.exists());
}

#[test]
fn an_ephemeral_one_does_not_take_a_folder_that_holds_something() {
    let folder = folder();
    fs::write(folder.path().join("precious"), "").unwrap();
    let options = Options {
        data_dir: Some(folder.path().to_owned()),
        ..Options::throwaway()
    };
    let error = PrivatePostgres::start(&options).unwrap_err();
    assert!(matches!(error, Error::NotEmpty(_)), "{error}");
    assert!(folder.path().join("precious").exists());
}

#[test]
fn a_failed_start_of_an_ephemeral_one_leaves_nothing_behind_and_tells_why() {
    let folder = folder();
    let data_dir = folder.path().join("data");
    let settings = vec![("max_connections".into(), "many".into())];
    let options = Options {
        data_dir: Some(data_dir.clone()),
        settings,
        ..Options::throwaway()
    };
    let error = PrivatePostgres::start(&options).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("invalid value for parameter \"max_connections\""),
        "{error}"
    );
    assert!(!data_dir.exists());
}

#[test]
fn data_of_another_major_version_is_refused_and_left_as_it_is() {
    let folder = folder();
    PrivatePostgres::start(&kept(folder.path()))
        .unwrap()
        .stop()
        .unwrap();
    let version = folder.path().join("data/cluster/PG_VERSION");
    fs::write(&version, "9999\n").unwrap();
    let error = PrivatePostgres::start(&kept(folder.path())).unwrap_err();
    assert!(
        matches!(error, Error::OtherMajor { cluster: 9999, .. }),
        "{error}"
    );
    assert_eq!(fs::read_to_string(&version).unwrap(), "9999\n");
}

#[test]
fn a_folder_too_deep_for_a_socket_gets_one_elsewhere_which_goes_with_the_server() {
    let folder = folder();
    let mut options = kept(folder.path());
    options.data_dir = Some(folder.path().join("deep".repeat(30)));
    let postgres = PrivatePostgres::start(&options).unwrap();
    assert_eq!(query::<i32>(&postgres, "SELECT 1"), 1);
    let socket = postgres.socket.clone();
    assert!(!socket.starts_with(postgres.data_dir()));
    postgres.stop().unwrap();
    assert!(!socket.exists());
}

#[test]
fn stale_files_of_a_killed_server_do_not_stand_in_the_way() {
    let folder = folder();
    let first = PrivatePostgres::start(&kept(folder.path())).unwrap();
    execute(&first, "CREATE TABLE kept AS SELECT 7 AS n");
    let (data_dir, pid) = (first.data_dir().to_owned(), first.server_pid().unwrap());
    signal(pid, Signal::KILL);
    drop(first);
    // As if the dead server's number belonged to another process of the same account by now: Postgres itself would
    // believe that it still runs.
    let file = data_dir.join("cluster/postmaster.pid");
    let stale = fs::read_to_string(&file).unwrap().replacen(
        &pid.to_string(),
        &bystander(&data_dir).to_string(),
        1,
    );
    fs::write(&file, stale).unwrap();

    let second = PrivatePostgres::start(&kept(folder.path())).unwrap();
    assert_eq!(query::<i32>(&second, "SELECT n FROM kept"), 7);
}

/// A process of Postgres' account that has nothing to do with it: the server of another cluster.
fn bystander(data_dir: &Path) -> u32 {
    let other = PrivatePostgres::start(&kept(&data_dir.with_file_name("other"))).unwrap();
    let pid = other.server_pid().unwrap();
    BYSTANDERS.lock().unwrap().push(other);
    pid
}

static BYSTANDERS: std::sync::Mutex<Vec<PrivatePostgres>> = std::sync::Mutex::new(Vec::new());

/// Another process that owns a private Postgres: this test binary once more, running `owner_process`.
struct Owner {
    process: Child,
    url: String,
    data_dir: PathBuf,
    server: u32,
}

const OWNER_ARGUMENT: &str = "WAYBILL_TEST_OWNER";

impl Owner {
    /// `how` is `ephemeral` or a folder for one that is kept.
    fn start(how: &str) -> Self {
        let mut process = Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "private_postgres::tests::owner_process",
                "--ignored",
                "--nocapture",
            ])
            .env(OWNER_ARGUMENT, how)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap())
            .lines()
            .map(Result::unwrap);
        let told: Vec<String> = lines
            .filter_map(|line| line.split_once("told: ").map(|(_, told)| told.to_owned()))
            .take(3)
            .collect();
        let [url, data_dir, server] = <[String; 3]>::try_from(told).unwrap();
        Self {
            process,
            url,
            data_dir: data_dir.into(),
            server: server.parse().unwrap(),
        }
    }

    fn kill(mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

#[test]
#[ignore = "not a test: the other process of the tests that kill it"]
fn owner_process() {
    let Ok(how) = std::env::var(OWNER_ARGUMENT) else {
        return;
    };
    let options = if how == "ephemeral" {
        Options::throwaway()
    } else {
        kept(Path::new(&how))
    };
    let postgres = PrivatePostgres::start(&options).unwrap();
    println!("told: {}", postgres.url("postgres", SUPERUSER));
    println!("told: {}", postgres.data_dir().display());
    println!("told: {}", postgres.server_pid().unwrap());
    loop {
        std::thread::park();
    }
}

#[test]
fn postgres_stops_in_good_order_when_its_owner_is_killed() {
    let folder = folder();
    let owner = Owner::start(folder.path().to_str().unwrap());
    assert_eq!(query_at::<i32>(&owner.url, "SELECT 1"), 1);
    let (server, log) = (owner.server, owner.data_dir.join("postgres.log"));
    owner.kill();
    eventually("Postgres stops", || !lives(server));
    let log = fs::read_to_string(log).unwrap();
    assert!(log.contains("database system is shut down"), "{log}");
}

#[test]
fn an_ephemeral_one_is_deleted_when_its_owner_is_killed() {
    let owner = Owner::start("ephemeral");
    let (server, data_dir) = (owner.server, owner.data_dir.clone());
    assert!(data_dir.exists());
    owner.kill();
    eventually("Postgres stops and its folder goes", || {
        !lives(server) && !data_dir.exists()
    });
}

#[test]
fn one_that_was_left_running_is_stopped_and_started_afresh() {
    let folder = folder();
    let owner = Owner::start(folder.path().to_str().unwrap());
    let left_over = owner.server;
    kill_watcher_of(owner.process.id());
    owner.kill();
    assert!(lives(left_over), "nobody was left to stop it");

    let postgres = PrivatePostgres::start(&kept(folder.path())).unwrap();
    assert!(!lives(left_over));
    assert_ne!(postgres.server_pid().unwrap(), left_over);
    assert_eq!(query::<i32>(&postgres, "SELECT 1"), 1);
}

/// Even `kill -9` of the server itself leaves a busy helper behind, on whose memory Postgres refuses to start.
#[test]
fn helpers_that_outlive_their_server_are_stopped_too() {
    let folder = folder();
    let postgres = PrivatePostgres::start(&kept(folder.path())).unwrap();
    let url = postgres.url("postgres", SUPERUSER);
    let helper = block_on(async {
        let mut connection = PgConnection::connect(&url).await.unwrap();
        let helper: i32 = sqlx::query_scalar("SELECT pg_backend_pid()")
            .fetch_one(&mut connection)
            .await
            .unwrap();
        let endless = sqlx::raw_sql("DO $$ BEGIN LOOP END LOOP; END $$").execute(&mut connection);
        tokio::time::timeout(Duration::from_millis(200), endless)
            .await
            .unwrap_err();
        u32::try_from(helper).unwrap()
    });
    signal(postgres.server_pid().unwrap(), Signal::KILL);
    drop(postgres);
    assert!(
        lives(helper),
        "a busy helper does not notice that its server is gone"
    );

    let postgres = PrivatePostgres::start(&kept(folder.path())).unwrap();
    assert!(!lives(helper));
    assert_eq!(query::<i32>(&postgres, "SELECT 1"), 1);
}

/// As `kill -9` of everything at once would do.
fn kill_watcher_of(owner: u32) {
    let watchers: Vec<u32> = fs::read_dir("/proc")
        .unwrap()
        .flatten()
        .filter_map(|entry| {
            let pid = entry.file_name().to_str()?.parse().ok()?;
            let command = fs::read(entry.path().join("cmdline")).ok()?;
            let status = fs::read_to_string(entry.path().join("status")).ok()?;
            let ours = status.contains(&format!("PPid:\t{owner}\n"));
            (ours && String::from_utf8_lossy(&command).contains("waybill-watcher")).then_some(pid)
        })
        .collect();
    assert_eq!(watchers.len(), 1);
    signal(watchers[0], Signal::KILL);
}
