//! Every SQL statement of the project is static, lies in a file, and fits the schema: each is prepared
//! here as the service's own role. This is what stands in for checking them while compiling.

use std::path::{Path, PathBuf};

use sqlx::Executor;
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
