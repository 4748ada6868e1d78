use super::*;

fn config(pairs: &[(&str, &str)]) -> Result<Config, ConfigError> {
    Config::from_lookup(&|name| pairs.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned()))
}

#[test]
fn nothing_set_is_the_embedded_default() {
    let config = config(&[]).expect("the defaults hold");
    assert_eq!(config.http.base_url(), "http://127.0.0.1:8080");
    assert!(config.storage.database_url.is_none() && config.mail.smtp_url.is_none());
}

#[test]
fn a_wrong_value_is_named_with_its_reason() {
    for (name, value) in [
        ("PORT", "eighty"),
        ("BASE_URL", "ftp://x"),
        ("BASE_URL", "https://streets.example/reports"),
        ("BASE_URL", "https://streets.example/?from=mail"),
        ("BASE_URL", "https://streets.example/#top"),
        ("BASE_URL", "https://me:secret@streets.example"),
        ("DATABASE_URL", "mysql://x"),
        ("DATABASE_READER_URL", "mysql://x"),
        ("DATABASE_URL_FILE", "/nowhere/url"),
        ("SECRET_KEY_FILE", "/dev/null"),
        ("SMTP_USER", "somebody"),
        ("SMTP_PASSWORD", "without a user"),
        ("MAIL_FEEDBACK_SECRET", "short"),
        ("DRAIN_SECONDS", "0"),
        ("MIGRATE_AT_START", "perhaps"),
        ("DATABASE_POOL_SIZE", "1"),
        ("MEMCACHED_URL", "redis://cache:6379"),
        ("MEMCACHED_URL", "memcache://"),
        ("MEMCACHED_URL", "memcache://cache:0"),
        ("MEMCACHED_URL", "cache:eleven"),
        ("MEMCACHED_URL", "cache-1:11211,,cache-2:11211"),
        ("MEMCACHED_URL", "cache:11211,memcache://cache"),
        ("MEMCACHED_URL", "memcache://cache:11211/path"),
        ("MEMCACHED_URL", "memcache://me:secret@cache:11211"),
        ("MEMCACHED_URL", "memcache:///run/memcached.sock"),
        ("MEMCACHED_URL", "memcache+cfg://one,two"),
        ("MEMCACHED_URL", "memcache+cfg://"),
        ("MEMCACHED_URL", "memcache://one,memcache+cfg://two"),
        ("CACHE_MEGABYTES", "-1"),
        ("CACHE_MEGABYTES", "4097"),
        ("SMTP_URL", "mail.example.org"),
        ("MAIL_FROM", "nobody"),
        ("SECRET_KEY", "short"),
        ("MAP_CENTRE", "91"),
        ("BRAND_ACCENT_COLOUR", "red"),
        ("BRAND_LOGO_URL", "//evil.example"),
        ("MAP_TILES_URL", "https://tiles.example/"),
        ("MAP_TILES_URL", "https://{s}.tiles.example/{z}/{x}/{y}.png"),
        ("MAP_PMTILES", "/nowhere/town.pmtiles"),
        ("MAP_PMTILES", "Cargo.toml"),
        ("PHOTO_STORE", "s3://bucket/photos"),
        ("EXPORT_STORE", "s3://bucket/exports"),
        ("SPA_DIR", "/nowhere"),
        ("LOG", "warning"),
        ("LOG", "verbose"),
        ("LOG", "info,mendmap"),
        ("LOG", "mendmap=loud"),
        ("RATE_LIMIT_SCALE", "0"),
        ("LOG_FORMAT", "xml"),
        ("METRICS_ADDRESS", "9464"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318"),
        ("OTEL_TRACES_SAMPLER_ARG", "2"),
        ("TRUSTED_PROXY_HOPS", "-1"),
        ("JOB_LEASE_SECONDS", "0"),
        ("OUTBOUND_ALLOW", "10.1.0.0/16, nowhere"),
    ] {
        let error = config(&[(name, value)]).expect_err(name).to_string();
        assert!(error.starts_with(name) && !error.contains('\n'), "{error}");
    }
}

#[test]
fn nodes_of_memcached_are_kept_as_host_and_port() {
    for (given, kept) in [
        ("memcache://Cache-1:11311, memcache://cache-2/", vec!["cache-1:11311", "cache-2:11211"]),
        ("localhost", vec!["localhost:11211"]),
        ("127.0.0.1:11311,[::1]:11311", vec!["127.0.0.1:11311", "[::1]:11311"]),
    ] {
        assert_eq!(config(&[("MEMCACHED_URL", given)]).expect(given).cache.memcached, kept);
    }
}

#[test]
fn the_log_takes_levels_for_all_and_for_single_modules() {
    for filter in ["warn", "INFO", "mendmap=debug,info", "off", "info,[request{http.method=GET}]=trace"] {
        assert_eq!(config(&[("LOG", filter)]).expect(filter).log.filter, filter);
    }
}

#[test]
fn the_address_of_the_site_is_kept_as_browsers_write_it() {
    for (given, kept) in [
        ("https://Streets.example/", "https://streets.example"),
        ("https://streets.example:443", "https://streets.example"),
        ("http://127.0.0.1:8081", "http://127.0.0.1:8081"),
    ] {
        assert_eq!(config(&[("BASE_URL", given)]).expect(given).http.base_url(), kept);
    }
}

#[test]
fn the_readme_names_every_variable() {
    let readme = include_str!("../../../README.md");
    for variable in VARIABLES {
        assert!(readme.contains(&format!("`{}`", variable.name)), "{} is not in README.md", variable.name);
    }
}

#[test]
fn an_endpoint_that_knows_the_nodes_of_memcached_is_one_host_and_port() {
    let cache = config(&[("MEMCACHED_URL", "memcache+cfg://Cache.cfg.example")]).expect("an endpoint").cache;
    assert_eq!(cache.endpoint.expect("an endpoint").address, "cache.cfg.example:11211");
    assert!(cache.memcached.is_empty());
}

#[test]
fn secrets_come_from_files_too_and_are_never_shown() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).expect("a file");
        path.display().to_string()
    };
    let key = "hushhush hushhush hushhush hushhush";
    let (key_file, password) = (file("key", &format!("{key}\n")), file("password", " hush&hush\n"));
    let config = config(&[
        ("SECRET_KEY_FILE", &key_file),
        ("DATABASE_URL", "postgres://mendmap@one:5432,two:5432/mendmap"),
        ("DATABASE_READER_URL", "postgres://mendmap:hushown@three/mendmap"),
        ("DATABASE_PASSWORD_FILE", &password),
        ("SMTP_URL", "smtp://mail.example:587?tls=required"),
        ("SMTP_USER", "AKIA"),
        ("SMTP_PASSWORD_FILE", &password),
        ("MAIL_FEEDBACK_SECRET", key),
    ])
    .expect("the files are read");
    let exposed = |secret: &Option<Secret>| secret.as_ref().map(|secret| secret.expose().to_owned()).expect("a secret");
    assert_eq!(exposed(&config.storage.secret_key), key);
    assert!(exposed(&config.storage.database_url).ends_with("&password=hush%26hush"));
    assert!(!exposed(&config.storage.database_reader_url).contains("password="), "it has one of its own");
    assert_eq!(config.mail.smtp_user.as_ref().expect("a user").1.expose(), "hush&hush");
    let shown = format!("{config:?}");
    assert!(!shown.contains("hush") && shown.contains("AKIA"), "{shown}");
}

#[test]
fn a_secret_that_is_wrong_or_set_twice_is_named_and_not_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("secret").display().to_string();
    std::fs::write(&path, "hush").expect("a file");
    for (pairs, named) in [
        (vec![("SECRET_KEY", "hushhush hushhush hushhush hushhush"), ("SECRET_KEY_FILE", &*path)], "SECRET_KEY_FILE"),
        (vec![("SECRET_KEY_FILE", &*path)], "SECRET_KEY"),
        (vec![("DATABASE_URL_FILE", &*path)], "DATABASE_URL"),
        (vec![("DATABASE_READER_URL", "hush")], "DATABASE_READER_URL"),
        (vec![("SMTP_URL", "hush://hush:hush@hush")], "SMTP_URL"),
    ] {
        let error = config(&pairs).expect_err(named).to_string();
        assert!(error.starts_with(&format!("{named} cannot be used")) && !error.contains("hush"), "{error}");
    }
}
