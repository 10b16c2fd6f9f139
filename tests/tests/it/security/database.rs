//! The service's role in the database may do what the table in `docs/operations.md` says, and nothing else. What is
//! expected is read from that table and what there is from Postgres, so a right that is granted without a word
//! fails here, and so does a table that nobody thought of.

mod rights;

use sqlx::postgres::PgQueryResult;
use sqlx::{Connection, Executor, PgConnection};
use waybill_infra::private_postgres::SUPERUSER;
use waybill_tests::database::{SERVICE_ROLE, TestDatabase};

use rights::{Kind, Rights};

/// What Postgres says to who has no right, or is not the owner.
const REFUSED: Option<&str> = Some("42501");

async fn service(database: &TestDatabase) -> PgConnection {
    PgConnection::connect(&database.url()).await.unwrap()
}

/// Tries a statement and takes it back. The error's code, if there was one.
async fn tried(connection: &mut PgConnection, sql: &str) -> Option<String> {
    connection.execute("BEGIN").await.unwrap();
    let outcome = connection.execute(sql).await;
    connection.execute("ROLLBACK").await.unwrap();
    match code(sql, outcome) {
        // Some statements are for no transaction. None of them may succeed.
        Some(no) if no == "25001" => code(sql, connection.execute(sql).await),
        code => code,
    }
}

fn code(sql: &str, outcome: Result<PgQueryResult, sqlx::Error>) -> Option<String> {
    outcome.err().map(|error| {
        let code = error
            .as_database_error()
            .and_then(sqlx::error::DatabaseError::code);
        code.unwrap_or_else(|| panic!("{sql}: {error}"))
            .into_owned()
    })
}

#[tokio::test]
async fn the_service_has_the_rights_of_the_table_and_no_others() {
    let database = TestDatabase::create().await;
    let mut owner = database.owner().await;
    let documented = Rights::documented();
    let relations = rights::relations(&mut owner).await;
    assert!(relations.len() > 20, "not found: {relations:?}");
    for relation in &relations {
        let held = rights::held(&mut owner, relation, SERVICE_ROLE).await;
        assert_eq!(held, documented.of(relation), "{relation:?}");
        let of_all = rights::held(&mut owner, relation, "pg_monitor").await;
        assert!(of_all.is_empty(), "everybody may {of_all:?} {relation:?}");
    }
    let functions = rights::functions(&mut owner, SERVICE_ROLE).await;
    assert_eq!(functions, documented.functions());
    let schemas = rights::schemas(&mut owner, SERVICE_ROLE, "CREATE").await;
    assert!(schemas.is_empty(), "the service may create in {schemas:?}");
}

#[tokio::test]
async fn what_runs_with_its_owners_rights_looks_for_nothing_where_others_can_put_it() {
    let database = TestDatabase::create().await;
    let mut owner = database.owner().await;
    let all: Vec<(String, Option<Vec<String>>)> = sqlx::query_as(
        "SELECT p.proname::text, p.proconfig FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
         WHERE p.prosecdef AND n.nspname !~ '^(pg_|information_schema)'",
    )
    .fetch_all(&mut owner)
    .await
    .unwrap();
    assert!(all.len() >= 10, "not found: {all:?}");
    for (name, settings) in all {
        let settings = settings.unwrap_or_default();
        let path = "search_path=public, pg_temp".to_owned();
        assert!(settings.contains(&path), "{name}: {settings:?}");
    }
}

#[tokio::test]
async fn each_table_refuses_what_is_not_in_the_table_of_rights() {
    let database = TestDatabase::create().await;
    let mut owner = database.owner().await;
    let mut service = service(&database).await;
    let documented = Rights::documented();
    let mut refused = 0;
    for relation in rights::relations(&mut owner).await {
        if relation.kind != Kind::Table {
            continue;
        }
        let (table, may) = (&relation.sql, documented.of(&relation));
        let column = rights::a_column(&mut owner, &relation).await;
        for (right, sql) in [
            ("SELECT", format!("SELECT {column} FROM {table} LIMIT 0")),
            ("INSERT", format!("INSERT INTO {table} DEFAULT VALUES")),
            (
                "UPDATE",
                format!("UPDATE {table} SET {column} = {column} WHERE false"),
            ),
            ("DELETE", format!("DELETE FROM {table} WHERE false")),
            ("TRUNCATE", format!("TRUNCATE {table}")),
            (
                "TRIGGER",
                format!(
                    "CREATE TRIGGER mine BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()"
                ),
            ),
            // Of these no right is ever given, so they are never in the table.
            ("OWNER", format!("ALTER TABLE {table} ADD COLUMN mine text")),
            ("OWNER", format!("ALTER TABLE {table} DISABLE TRIGGER ALL")),
            (
                "OWNER",
                format!("ALTER TABLE {table} OWNER TO {SERVICE_ROLE}"),
            ),
            (
                "OWNER",
                format!("ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"),
            ),
            (
                "OWNER",
                format!("CREATE RULE mine AS ON INSERT TO {table} DO INSTEAD NOTHING"),
            ),
            ("OWNER", format!("CREATE INDEX ON {table} ({column})")),
            ("OWNER", format!("DROP TABLE {table}")),
            (
                "OWNER",
                format!("CREATE POLICY mine ON {table} USING (true)"),
            ),
        ] {
            let code = tried(&mut service, &sql).await;
            if may.contains(right) {
                assert_ne!(code.as_deref(), REFUSED, "{sql}");
            } else {
                assert_eq!(code.as_deref(), REFUSED, "{sql}");
                refused += 1;
            }
        }
    }
    assert!(refused > 300, "only {refused} attempts were refused");
}

#[tokio::test]
async fn there_is_no_way_round_the_rights() {
    let database = TestDatabase::create().await;
    let mut owner = database.owner().await;
    let mut service = service(&database).await;
    let pid: i32 = sqlx::query_scalar("SELECT pg_backend_pid()")
        .fetch_one(&mut owner)
        .await
        .unwrap();
    let name = &database.name;
    for sql in [
        // Another role.
        &format!("SET ROLE {SUPERUSER}"),
        &format!("SET SESSION AUTHORIZATION {SUPERUSER}"),
        &format!("ALTER ROLE {SERVICE_ROLE} SUPERUSER"),
        &format!("ALTER ROLE {SERVICE_ROLE} CREATEROLE"),
        &format!("GRANT pg_write_all_data TO {SERVICE_ROLE}"),
        &format!("GRANT {SUPERUSER} TO {SERVICE_ROLE}"),
        "CREATE ROLE mine",
        "SELECT rolpassword FROM pg_authid",
        // Code of its own, where others would run it.
        "CREATE TABLE public.mine (mine text)",
        "CREATE VIEW public.mine AS SELECT 1",
        "CREATE FUNCTION public.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE FUNCTION order_list_a.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE SCHEMA mine",
        "CREATE EVENT TRIGGER mine ON ddl_command_end EXECUTE FUNCTION pg_catalog.suppress_redundant_updates_trigger()",
        // What keeps the log as it is.
        "SET session_replication_role = replica",
        "DROP TRIGGER events_append_only ON events",
        "ALTER TRIGGER events_append_only ON events RENAME TO mine",
        "CREATE OR REPLACE FUNCTION public.waybill_refuse_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
        "DROP FUNCTION waybill_refuse_change() CASCADE",
        "ALTER FUNCTION waybill_new_epoch(integer, text) RESET search_path",
        "ALTER FUNCTION waybill_new_epoch(integer, text) SECURITY INVOKER",
        "SELECT position FROM events FOR UPDATE",
        "LOCK TABLE events IN EXCLUSIVE MODE",
        "SELECT setval('order_numbers', 1)",
        "ALTER SEQUENCE order_numbers RESTART",
        "UPDATE server_keys SET key = key",
        // Files, programs and other machines.
        "COPY (SELECT 1) TO PROGRAM 'true'",
        "COPY epochs TO PROGRAM 'true'",
        "COPY revocations FROM PROGRAM 'true'",
        "COPY (SELECT 1) TO '/tmp/mine'",
        "COPY revocations FROM '/etc/hostname'",
        "SELECT pg_read_file('postgresql.conf')",
        "SELECT pg_read_binary_file('PG_VERSION')",
        "SELECT pg_ls_dir('.')",
        "SELECT pg_stat_file('PG_VERSION')",
        "SELECT lo_import('/etc/hostname')",
        "SELECT lo_export(1, '/tmp/mine')",
        "CREATE SERVER mine FOREIGN DATA WRAPPER postgres_fdw",
        // The whole server.
        "ALTER SYSTEM SET fsync = off",
        "SELECT pg_reload_conf()",
        "SELECT pg_switch_wal()",
        "SELECT pg_create_physical_replication_slot('mine')",
        &format!("SELECT pg_terminate_backend({pid})"),
        &format!("ALTER DATABASE {name} SET search_path = pg_temp"),
        "CREATE PUBLICATION mine FOR TABLE events",
        "SET log_statement = 'all'",
    ] {
        let code = tried(&mut service, sql).await;
        // What needs a thing that is not there is found wanting for that first; it got no further.
        let stopped = [REFUSED, Some("42704")].contains(&code.as_deref());
        assert!(stopped, "{sql}: {code:?}");
    }
}

#[tokio::test]
async fn the_services_role_is_nobody_in_particular() {
    let database = TestDatabase::create().await;
    let mut owner = database.owner().await;
    for role in [SERVICE_ROLE, "waybill_service"] {
        let powers: bool = sqlx::query_scalar(
            "SELECT rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls
             FROM pg_roles WHERE rolname = $1",
        )
        .bind(role)
        .fetch_one(&mut owner)
        .await
        .unwrap();
        assert!(!powers, "{role}");
    }
    let member_of: Vec<String> = sqlx::query_scalar(
        "SELECT r.rolname::text FROM pg_roles r
         WHERE pg_has_role($1, r.oid, 'member') AND r.rolname <> $1",
    )
    .bind(SERVICE_ROLE)
    .fetch_all(&mut owner)
    .await
    .unwrap();
    assert_eq!(member_of, ["waybill_service"]);
    let things: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM pg_class c JOIN pg_roles r ON r.oid = c.relowner WHERE r.rolname = ANY($1)",
    )
    .bind([SERVICE_ROLE, "waybill_service"])
    .fetch_one(&mut owner)
    .await
    .unwrap();
    assert_eq!(things, 0, "it owns nothing");
}
