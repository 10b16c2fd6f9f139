//! A database a test, made from a template that was migrated once.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{Connection, Executor};
use tokio::sync::OnceCell;
use waybill_infra::db::{Db, DbOptions};
use waybill_infra::log::{EventLog, LogOptions};
use waybill_infra::private_postgres::{Options, PrivatePostgres, SUPERUSER};

use crate::network::{Network, Route};

/// The role that the service connects as in tests: no rights but those of `waybill_service`.
pub const SERVICE_ROLE: &str = "waybill_app";

static CLUSTER: OnceLock<PrivatePostgres> = OnceLock::new();
static TEMPLATE: OnceCell<()> = OnceCell::const_new();
static NEXT: AtomicU32 = AtomicU32::new(0);

/// The private Postgres of this run. It ends with the process, and its files with it.
pub fn cluster() -> &'static PrivatePostgres {
    CLUSTER.get_or_init(|| {
        let mut options = Options::throwaway();
        options
            .settings
            .push(("max_connections".into(), "400".into()));
        PrivatePostgres::start(&options).expect("a private Postgres for the tests")
    })
}

/// The socket of this run's Postgres, for a network to lead to.
pub fn socket() -> Route {
    let options: PgConnectOptions = cluster()
        .url("postgres", SERVICE_ROLE)
        .parse()
        .expect("a valid URL");
    let folder = options.get_socket().expect("it is reached by its socket");
    Route::Socket(folder.join(format!(".s.PGSQL.{}", options.get_port())))
}

/// A database of one test's own, with the schema and both roles.
pub struct TestDatabase {
    /// Its name.
    pub name: String,
}

impl TestDatabase {
    /// A fresh database.
    pub async fn create() -> Self {
        TEMPLATE.get_or_init(make_template).await;
        let name = format!("test_{}", NEXT.fetch_add(1, Ordering::Relaxed));
        let mut connection = connect(&cluster().url("postgres", SUPERUSER)).await;
        let create = format!("CREATE DATABASE {name} TEMPLATE waybill_template STRATEGY file_copy");
        connection
            .execute(create.as_str())
            .await
            .expect("a database from the template");
        Self { name }
    }

    /// A database without a schema.
    pub async fn create_empty() -> Self {
        let name = format!("test_{}", NEXT.fetch_add(1, Ordering::Relaxed));
        let mut connection = connect(&cluster().url("postgres", SUPERUSER)).await;
        let create = format!("CREATE DATABASE {name}");
        connection
            .execute(create.as_str())
            .await
            .expect("a database");
        Self { name }
    }

    /// Where the service connects.
    pub fn url(&self) -> String {
        cluster().url(&self.name, SERVICE_ROLE)
    }

    /// Where the owner connects, who runs migrations.
    pub fn owner_url(&self) -> String {
        cluster().url(&self.name, SUPERUSER)
    }

    /// Where the service connects through a network that leads to [`socket`].
    pub fn url_through(&self, network: &Network) -> String {
        let (address, name) = (network.address, &self.name);
        format!("postgres://{SERVICE_ROLE}@{address}/{name}?sslmode=disable")
    }

    /// A connection as the owner.
    pub async fn owner(&self) -> PgConnection {
        connect(&self.owner_url()).await
    }

    /// Checks that whoever used it as the service has let go of it. Postgres takes a moment to end a
    /// session whose client is gone.
    pub async fn assert_unused(&self) {
        let mut owner = self.owner().await;
        let until = Instant::now() + Duration::from_secs(5);
        loop {
            let left: i64 = sqlx::query_scalar(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = $1 AND usename = $2",
            )
            .bind(&self.name)
            .bind(SERVICE_ROLE)
            .fetch_one(&mut owner)
            .await
            .expect("the test cluster answers");
            if left == 0 {
                return;
            }
            assert!(Instant::now() < until, "{left} connections are left over");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Deletes it, for whoever makes many.
    pub async fn remove(self) {
        let mut connection = connect(&cluster().url("postgres", SUPERUSER)).await;
        let drop = format!("DROP DATABASE {} WITH (FORCE)", self.name);
        connection
            .execute(drop.as_str())
            .await
            .expect("nobody holds it");
    }

    /// A handle as the service has it.
    pub fn db(&self) -> Db {
        Db::new(&DbOptions::new(self.url())).expect("a valid URL")
    }

    /// The log of this database, as a node of its own.
    pub async fn log(&self) -> EventLog {
        self.log_with(LogOptions::default()).await
    }

    /// Likewise, with other bounds.
    pub async fn log_with(&self, options: LogOptions) -> EventLog {
        EventLog::open(self.db(), options)
            .await
            .expect("the log opens")
    }
}

async fn connect(url: &str) -> PgConnection {
    let options: PgConnectOptions = url.parse().expect("a valid URL");
    PgConnection::connect_with(&options)
        .await
        .expect("the test cluster answers")
}

async fn make_template() {
    let mut connection = connect(&cluster().url("postgres", SUPERUSER)).await;
    connection
        .execute("CREATE DATABASE waybill_template")
        .await
        .expect("the template");
    let mut template = connect(&cluster().url("waybill_template", SUPERUSER)).await;
    waybill_infra::migrate::run(&mut template)
        .await
        .expect("the migrations run");
    let role = format!("CREATE ROLE {SERVICE_ROLE} LOGIN IN ROLE waybill_service");
    template
        .execute(role.as_str())
        .await
        .expect("the service's role");
    template
        .close()
        .await
        .expect("nobody may be connected to a template");
}
