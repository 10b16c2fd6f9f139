//! Rights in the database: those that `docs/operations.md` lists, and those that Postgres knows of.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use sqlx::PgConnection;

/// The rights that Postgres gives to tables, and to sequences.
const OF_TABLES: [&str; 7] = [
    "SELECT",
    "INSERT",
    "UPDATE",
    "DELETE",
    "TRUNCATE",
    "REFERENCES",
    "TRIGGER",
];
const OF_SEQUENCES: [&str; 3] = ["USAGE", "SELECT", "UPDATE"];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Also one that is partitioned, and views, of which there are none.
    Table,
    Sequence,
}

/// Something that rows are in, or numbers.
#[derive(Debug)]
pub struct Relation {
    pub kind: Kind,
    pub schema: String,
    pub name: String,
    /// As a statement has to name it.
    pub sql: String,
}

/// What the table in `docs/operations.md` gives.
pub struct Rights {
    relations: BTreeMap<String, BTreeSet<&'static str>>,
    /// Of all tables in a schema.
    schemas: BTreeMap<String, BTreeSet<&'static str>>,
    /// Name, and whether it runs with its owner's rights.
    functions: BTreeSet<(String, bool)>,
}

impl Rights {
    pub fn documented() -> Self {
        let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/operations.md");
        let page = std::fs::read_to_string(page).unwrap();
        let (_, table) = page
            .split_once("| in `public` | right |\n|---|---|\n")
            .unwrap();
        let rows = table.lines().take_while(|line| line.starts_with('|'));
        let mut rights = Self {
            relations: BTreeMap::new(),
            schemas: BTreeMap::new(),
            functions: BTreeSet::new(),
        };
        for row in rows {
            let [_, what, right, _] = row.split('|').collect::<Vec<_>>()[..] else {
                panic!("{row}");
            };
            let names = what.split('`').skip(1).step_by(2).map(str::to_owned);
            let given: BTreeSet<&str> = match right.trim() {
                "read" => ["SELECT"].into(),
                "read, insert" => ["SELECT", "INSERT"].into(),
                "read, update" => ["SELECT", "UPDATE"].into(),
                "read, write" => ["SELECT", "INSERT", "UPDATE", "DELETE"].into(),
                "draw" => ["USAGE"].into(),
                right if right.starts_with("execute; they run with ") => {
                    let owners = right.contains("their owner's rights");
                    rights.functions.extend(names.map(|name| (name, owners)));
                    continue;
                }
                other => panic!("no known right: {other}"),
            };
            let to = if what.contains("all tables of") {
                &mut rights.schemas
            } else {
                &mut rights.relations
            };
            to.extend(names.map(|name| (name, given.clone())));
        }
        assert!(
            rights.relations.len() > 5 && rights.schemas.len() > 3 && rights.functions.len() > 5
        );
        rights
    }

    /// Those on a table or a sequence. None on what is not listed, such as a table's partitions.
    pub fn of(&self, relation: &Relation) -> BTreeSet<&'static str> {
        let found = match relation.schema.as_str() {
            "public" => self.relations.get(&relation.name),
            schema if relation.kind == Kind::Table => self.schemas.get(schema),
            _ => None,
        };
        found.cloned().unwrap_or_default()
    }

    pub fn functions(&self) -> BTreeSet<(String, bool)> {
        self.functions.clone()
    }
}

/// Everything in the database that is not Postgres' own.
pub async fn relations(owner: &mut PgConnection) -> Vec<Relation> {
    let rows: Vec<(String, String, String, bool)> = sqlx::query_as(
        "SELECT n.nspname::text, c.relname::text, c.oid::regclass::text, c.relkind = 'S'
         FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND n.nspname !~ '^(pg_|information_schema)'
         ORDER BY 1, 2",
    )
    .fetch_all(owner)
    .await
    .unwrap();
    let relation = |(schema, name, sql, sequence)| Relation {
        kind: if sequence {
            Kind::Sequence
        } else {
            Kind::Table
        },
        schema,
        name,
        sql,
    };
    rows.into_iter().map(relation).collect()
}

/// The rights that `role` has, in whatever way it came by them.
pub async fn held(
    owner: &mut PgConnection,
    relation: &Relation,
    role: &str,
) -> BTreeSet<&'static str> {
    let (all, question) = match relation.kind {
        Kind::Table => (
            &OF_TABLES[..],
            "SELECT CASE WHEN $3 IN ('DELETE', 'TRUNCATE', 'TRIGGER') THEN has_table_privilege($1, $2::regclass, $3)
             ELSE has_any_column_privilege($1, $2::regclass, $3) END",
        ),
        Kind::Sequence => (
            &OF_SEQUENCES[..],
            "SELECT has_sequence_privilege($1, $2::regclass, $3)",
        ),
    };
    let mut held = BTreeSet::new();
    for right in all {
        let has: bool = sqlx::query_scalar(question)
            .bind(role)
            .bind(&relation.sql)
            .bind(right)
            .fetch_one(&mut *owner)
            .await
            .unwrap();
        if has {
            held.insert(*right);
        }
    }
    held
}

/// The functions that `role` may call, and whether they run with their owner's rights. Those of triggers
/// cannot be called by anybody.
pub async fn functions(owner: &mut PgConnection, role: &str) -> BTreeSet<(String, bool)> {
    let all: Vec<(String, bool)> = sqlx::query_as(
        "SELECT p.proname::text, p.prosecdef FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
         WHERE n.nspname !~ '^(pg_|information_schema)' AND p.prorettype <> 'trigger'::regtype
           AND has_function_privilege($1, p.oid, 'execute')",
    )
    .bind(role)
    .fetch_all(owner)
    .await
    .unwrap();
    all.into_iter().collect()
}

/// The schemas, but for those of sessions, on which `role` has a right.
pub async fn schemas(owner: &mut PgConnection, role: &str, right: &str) -> Vec<String> {
    sqlx::query_scalar(
        "SELECT nspname::text FROM pg_namespace
         WHERE nspname !~ '^pg_(toast_)?temp' AND has_schema_privilege($1, oid, $2)",
    )
    .bind(role)
    .bind(right)
    .fetch_all(owner)
    .await
    .unwrap()
}

/// Any column of a table.
pub async fn a_column(owner: &mut PgConnection, relation: &Relation) -> String {
    sqlx::query_scalar(
        "SELECT quote_ident(attname) FROM pg_attribute
         WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum LIMIT 1",
    )
    .bind(&relation.sql)
    .fetch_one(owner)
    .await
    .unwrap()
}
