//! Every SQL statement of the project is static, lies in a file, and fits the schema: each is prepared
//! here as the service's own role. This is what stands in for checking them while compiling.

use std::path::{Path, PathBuf};

use sqlx::Executor;
use waybill_infra::db::Db;
use waybill_tests::database::TestDatabase;

#[tokio::test]
async fn every_statement_prepares_with_the_rights_of_the_service() {
    let database = TestDatabase::create().await;
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut files = Vec::new();
    for crate_name in ["infra", "projections"] {
        collect(&root.join(crate_name).join("src"), &mut files);
    }
    assert!(files.len() > 10, "the statements were not found: {files:?}");
    let db = database.db();
    for file in files {
        let sql = std::fs::read_to_string(&file).unwrap();
        let mut transaction = db.begin().await.unwrap();
        // The read models' statements name no schema: the reader chooses one of two.
        transaction
            .execute(
                "SET LOCAL search_path = public, order_list_a, order_timeline_a, order_analytics_a",
            )
            .await
            .unwrap();
        if let Err(error) = transaction.prepare(&sql).await {
            panic!("{}: {error}", file.display());
        }
    }
}

#[tokio::test]
async fn the_service_may_fill_a_read_model_and_do_nothing_else_to_it() {
    let database = TestDatabase::create().await;
    let db = database.db();
    for model in [
        "order_list_a",
        "order_timeline_b",
        "order_analytics_a",
        "order_analytics_b",
    ] {
        for forbidden in [
            "TRUNCATE MODEL.parked",
            "DROP TABLE MODEL.parked",
            "ALTER TABLE MODEL.parked ADD COLUMN more text",
            "CREATE INDEX ON MODEL.parked (reason)",
            "CREATE TABLE MODEL.more (more text)",
            "DROP SCHEMA MODEL CASCADE",
        ] {
            let sql = forbidden.replace("MODEL", model);
            refused(&db, &sql).await;
        }
    }
    for forbidden in [
        "TRUNCATE order_analytics_a.contributions",
        "DROP INDEX order_analytics_a.contributions_by_order",
        "INSERT INTO projections (name) VALUES ('order_list')",
        "DELETE FROM projections",
        "INSERT INTO projection_rebuilds (projection) VALUES ('order_list')",
        "DELETE FROM projection_rebuilds",
        "SELECT waybill_projection_ddl('order_analytics')",
    ] {
        refused(&db, forbidden).await;
    }
    // Somebody who is no service sees none of it.
    let mut owner = database.owner().await;
    let others: Vec<String> = sqlx::query_scalar(
        "SELECT n.nspname::text FROM pg_namespace n
         WHERE n.nspname LIKE 'order\\_%' AND has_schema_privilege('public', n.oid, 'usage')",
    )
    .fetch_all(&mut owner)
    .await
    .unwrap();
    assert_eq!(others, [""; 0]);
}

async fn refused(db: &Db, sql: &str) {
    let error = db.pool().execute(sql).await.expect_err(sql);
    let code = error
        .as_database_error()
        .and_then(sqlx::error::DatabaseError::code);
    // Not allowed, or no owner.
    assert_eq!(code.as_deref(), Some("42501"), "{sql}: {error}");
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|e| e == "sql") {
            files.push(path);
        }
    }
}
