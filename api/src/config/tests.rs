use std::{io::Write as _, path::PathBuf, time::Duration};

use super::*;

const DATABASE: (&str, &str) = (
    "DATABASE_URL",
    "postgres://waybill:hunter2@db.example/waybill",
);
const SECRET: (&str, &str) = ("ACCESS_TOKEN_SECRET", "0123456789abcdef0123456789abcdef");

fn load(variables: &[(&str, &str)]) -> Result<Config, ConfigErrors> {
    let given = [DATABASE, SECRET]
        .into_iter()
        .chain(variables.iter().copied());
    Config::load(&Sources::from_variables(given))
}

fn messages(variables: &[(&str, &str)]) -> String {
    load(variables).expect_err("must be refused").to_string()
}

fn toml_file(text: &str) -> (tempfile::NamedTempFile, PathBuf) {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    let path = file.path().to_owned();
    (file, path)
}

#[test]
fn a_database_and_a_secret_are_enough() {
    let config = load(&[]).unwrap();
    assert_eq!(config.http.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(config.auth.algorithms, [TokenAlgorithm::Hs256]);
    assert_eq!(config.database.migrate_url, config.database.url);
    assert_eq!(config.push.ping, Duration::from_secs(20));
    assert_eq!(config.limits.read_wait_max, Duration::from_secs(5));
}

#[test]
fn nothing_set_names_the_database_and_the_key_sources_at_once() {
    let none: [(&str, &str); 0] = [];
    let errors = Config::load(&Sources::from_variables(none)).unwrap_err();
    assert_eq!(errors.0.len(), 2, "{errors}");
    let text = errors.to_string();
    for name in [
        "DATABASE_URL",
        "ACCESS_TOKEN_SECRET",
        "WAYBILL_JWKS_URL",
        "WAYBILL_JWT_PUBLIC_KEY_FILE",
    ] {
        assert!(text.contains(name), "{text}");
    }
}

#[test]
fn an_error_names_variable_bound_and_what_was_given() {
    let text = messages(&[
        ("WAYBILL_DATABASE_CONNECTIONS", "3"),
        ("WAYBILL_LISTEN", "localhost"),
    ]);
    assert!(
        text.contains(
            "WAYBILL_DATABASE_CONNECTIONS must be whole number, 4 to 500, but the environment gives \"3\""
        ),
        "{text}"
    );
    assert!(
        text.contains("WAYBILL_LISTEN must be IP:port, but the environment gives \"localhost\""),
        "{text}"
    );
}

#[test]
fn a_secret_is_in_no_error_and_no_debug_output() {
    let text = messages(&[
        ("ACCESS_TOKEN_SECRET", "too-short-secret"),
        ("DATABASE_URL", "mysql://u:hunter2@h/d"),
    ]);
    assert!(
        text.contains("ACCESS_TOKEN_SECRET must be secret, at least 32 bytes"),
        "{text}"
    );
    assert!(text.contains("16 bytes (not shown)"), "{text}");
    assert!(
        !text.contains("too-short-secret") && !text.contains("hunter2"),
        "{text}"
    );

    let shown = format!("{:?}", load(&[]).unwrap());
    assert!(
        !shown.contains("hunter2") && !shown.contains(SECRET.1),
        "{shown}"
    );
    let sources = format!("{:?}", Sources::from_variables([DATABASE, SECRET]));
    assert!(
        !sources.contains("hunter2") && !sources.contains(SECRET.1),
        "{sources}"
    );
}

#[test]
fn every_number_is_accepted_at_its_bounds_and_refused_beyond() {
    for setting in SETTINGS.iter().flat_map(|(_, settings)| settings.iter()) {
        let (Kind::Integer { min, max } | Kind::Seconds { min, max } | Kind::Millis { min, max }) =
            setting.kind
        else {
            continue;
        };
        for inside in [min, max] {
            let text = inside.to_string();
            let refused = load(&[(setting.name, &text)]).err();
            // The one rule between two numbers may still speak up at a bound.
            let only_conflicts = refused
                .iter()
                .flat_map(|errors| &errors.0)
                .all(|error| matches!(error, ConfigError::Conflict { .. }));
            assert!(only_conflicts, "{refused:?}");
        }
        for outside in [min.checked_sub(1), Some(max + 1)].into_iter().flatten() {
            let text = messages(&[(setting.name, &outside.to_string())]);
            assert!(
                text.contains(setting.name) && text.contains(&max.to_string()),
                "{text}"
            );
        }
    }
}

#[test]
fn every_documented_setting_is_read_and_every_default_is_allowed() {
    let sources = Sources::from_variables([DATABASE, SECRET]);
    let mut reader = Reader::new(&sources);
    DatabaseConfig::read(&mut reader);
    HttpConfig::read(&mut reader);
    AuthConfig::read(&mut reader);
    OrdersConfig::read(&mut reader);
    PushConfig::read(&mut reader);
    TrackingConfig::read(&mut reader);
    LimitsConfig::read(&mut reader);
    ProjectionsConfig::read(&mut reader);
    LogConfig::read(&mut reader);
    for setting in SETTINGS.iter().flat_map(|(_, settings)| settings.iter()) {
        assert!(
            reader.asked.contains(setting.name),
            "{} is documented and not read",
            setting.name
        );
    }
    reader.finish(()).unwrap();
}

#[test]
fn names_and_keys_are_unique() {
    let all: Vec<&Setting> = SETTINGS
        .iter()
        .flat_map(|(_, settings)| settings.iter().copied())
        .collect();
    for (at, setting) in all.iter().enumerate() {
        assert!(
            all[..at]
                .iter()
                .all(|other| other.name != setting.name && other.key != setting.key),
            "{} is there twice",
            setting.name
        );
    }
}

#[test]
fn a_flag_beats_the_environment_and_is_named_where_it_is_wrong() {
    let mut sources = Sources::from_variables([("WAYBILL_LISTEN", "127.0.0.1:1")]);
    sources.flag(&super::http::LISTEN, "--listen", "127.0.0.1:2");
    assert_eq!(HttpConfig::load(&sources).unwrap().listen.port(), 2);
    sources.flag(&super::http::LISTEN, "--listen", "nowhere");
    let error = HttpConfig::load(&sources).unwrap_err().to_string();
    assert!(error.contains("--listen gives \"nowhere\""), "{error}");
}

#[test]
fn the_environment_beats_the_file_and_the_file_beats_what_is_supplied() {
    let (_keep, path) =
        toml_file("[http]\nlisten = \"127.0.0.1:1001\"\nbody_limit_bytes = 20000\n");
    let mut sources =
        Sources::from_variables([DATABASE, SECRET, ("WAYBILL_LISTEN", "127.0.0.1:1002")]);
    sources.read_file(&path).unwrap();
    sources.supply(&super::http::BODY_LIMIT, "30000");
    sources.supply(&super::orders::PREFIX, "DEV-");
    let config = Config::load(&sources).unwrap();
    assert_eq!(config.http.listen.port(), 1002);
    assert_eq!(config.http.body_limit, 20_000);
    assert_eq!(config.orders.prefix, "DEV-");
}

#[test]
fn an_array_in_the_file_is_a_list() {
    let (_keep, path) =
        toml_file("[http]\nfrontend_url = [\"https://a.example\", \"http://localhost:3006/\"]\n");
    let mut sources = Sources::from_variables([DATABASE, SECRET]);
    sources.read_file(&path).unwrap();
    let origins = Config::load(&sources).unwrap().http.frontend;
    let origins: Vec<&str> = origins.iter().map(Origin::as_str).collect();
    assert_eq!(origins, ["https://a.example", "http://localhost:3006"]);
}

#[test]
fn a_key_that_means_nothing_in_the_file_is_an_error() {
    let (_keep, path) =
        toml_file("[http]\nlissten = \"127.0.0.1:1\"\n[htp]\nlisten = \"127.0.0.1:1\"\n");
    let error = Sources::default().read_file(&path).unwrap_err().to_string();
    assert!(
        error.contains("http.lissten") && error.contains("htp.listen"),
        "{error}"
    );
}

#[test]
fn a_broken_file_is_named_with_its_line_but_not_its_content() {
    let (_keep, path) = toml_file("[auth]\naccess_token_secret = \"hunter2\n");
    let error = Sources::default().read_file(&path).unwrap_err().to_string();
    assert!(
        error.contains("line 2") && error.contains(path.to_str().unwrap()),
        "{error}"
    );
    assert!(!error.contains("hunter2"), "{error}");
    let missing = Sources::default()
        .read_file("/nonexistent/waybill.toml".as_ref())
        .unwrap_err();
    assert!(
        missing.to_string().contains("/nonexistent/waybill.toml"),
        "{missing}"
    );
}

#[test]
fn a_misspelt_variable_is_noticed_and_an_empty_one_counts_as_unset() {
    let sources = Sources::from_variables([
        ("WAYBILL_LISTNE", "x"),
        ("WAYBILL_LISTEN", ""),
        ("HOME", "/"),
    ]);
    assert_eq!(
        sources.unknown_variables().collect::<Vec<_>>(),
        ["WAYBILL_LISTNE"]
    );
    assert!(!sources.is_set(&super::http::LISTEN));
}

#[test]
fn origins_are_exact() {
    for (given, expected) in [
        ("https://Shop.Example", "https://shop.example"),
        ("https://shop.example:443/", "https://shop.example"),
        ("http://127.0.0.1:3006", "http://127.0.0.1:3006"),
    ] {
        assert_eq!(Origin::parse(given).unwrap().as_str(), expected);
    }
    for refused in [
        "*",
        "https://*.example",
        "null",
        "https://a.example/path",
        "ftp://a.example",
        "https://u@a.example",
    ] {
        assert!(Origin::parse(refused).is_err(), "{refused}");
        assert!(
            messages(&[("FRONTEND_URL", refused)]).contains("FRONTEND_URL"),
            "{refused}"
        );
    }
}

#[test]
fn one_source_of_keys_and_algorithms_that_fit_it() {
    let two = messages(&[("WAYBILL_JWKS_URL", "https://issuer.example/keys")]);
    assert!(
        two.contains("ACCESS_TOKEN_SECRET, WAYBILL_JWKS_URL: only one"),
        "{two}"
    );
    let unfit = messages(&[("WAYBILL_JWT_ALGORITHMS", "HS256,RS256")]);
    assert!(
        unfit.contains("HS256 goes with ACCESS_TOKEN_SECRET only"),
        "{unfit}"
    );
    let none = messages(&[("WAYBILL_JWT_ALGORITHMS", "none")]);
    assert!(none.contains("\"none\" is not known"), "{none}");

    let jwks = [
        DATABASE,
        ("WAYBILL_JWKS_URL", "https://issuer.example/keys"),
        ("WAYBILL_JWT_ALGORITHMS", "ES256, EdDSA"),
    ];
    let config = Config::load(&Sources::from_variables(jwks)).unwrap();
    assert_eq!(
        config.auth.algorithms,
        [TokenAlgorithm::Es256, TokenAlgorithm::EdDsa]
    );
}

#[test]
fn keys_are_fetched_over_https_or_on_loopback() {
    for (url, fine) in [
        ("https://issuer.example/keys", true),
        ("http://127.0.0.1:9/keys", true),
        ("http://[::1]:9/keys", true),
        ("http://localhost:9/keys", true),
        ("http://issuer.example/keys", false),
        ("http://localhost.evil.example/keys", false),
        ("file:///etc/passwd", false),
    ] {
        let sources = Sources::from_variables([DATABASE, ("WAYBILL_JWKS_URL", url)]);
        assert_eq!(Config::load(&sources).is_ok(), fine, "{url}");
    }
}

#[test]
fn a_long_poll_must_end_before_its_request_times_out() {
    let text = messages(&[("WAYBILL_LONG_POLL_MAX_SECS", "40")]);
    assert!(
        text.contains("WAYBILL_LONG_POLL_MAX_SECS, WAYBILL_REQUEST_TIMEOUT_SECS"),
        "{text}"
    );
}

#[test]
fn a_log_filter_that_is_none_is_refused() {
    assert!(messages(&[("WAYBILL_LOG", "info,waybill=loud")]).contains("WAYBILL_LOG"));
}

#[test]
fn an_order_prefix_that_numbers_can_not_begin_with_is_refused() {
    assert!(messages(&[("WAYBILL_ORDER_PREFIX", "no spaces ")]).contains("WAYBILL_ORDER_PREFIX"));
}

#[test]
fn cookies_are_secure_unless_the_server_listens_on_loopback() {
    assert!(!load(&[]).unwrap().http.secure_cookies());
    assert!(
        load(&[("WAYBILL_LISTEN", "0.0.0.0:80")])
            .unwrap()
            .http
            .secure_cookies()
    );
    assert!(
        load(&[("WAYBILL_COOKIE_SECURE", "always")])
            .unwrap()
            .http
            .secure_cookies()
    );
}

#[test]
fn the_configuration_page_is_current() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/configuration.md");
    if std::env::var_os("WAYBILL_WRITE_DOCS").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, markdown()).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == markdown(),
        "docs/configuration.md is not current; write it anew as its head says"
    );
}
