//! nginx's configuration, made from the table.
//!
//! nginx cannot keep an answer for less time than the answer says, and CloudFront's `max_ttl` does just that. So what is kept
//! comes through a second server of the same nginx, on a socket, that adds `X-Accel-Expires` where an answer wants to be kept
//! longer than its policy lets it.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::Context as _;
use mendmap::http::headers;

use super::rules::{Behaviour, CachePolicy, Frames, Methods, Origin, Query, Rules, as_regex, numbers_to};

/// Where things are that the configuration names.
#[derive(Debug)]
pub struct Places<'a> {
    /// Folder of nginx's own files.
    pub folder: &'a Path,
    /// Folder of its sockets, whose paths must be short.
    pub sockets: &'a Path,
    /// Folder of the built app.
    pub spa: &'a Path,
    /// Port to listen on.
    pub port: u16,
    /// Port of the load balancer.
    pub balancer: u16,
    /// Whether nginx is started by root, and may then stay root: the folders are private.
    pub is_root: bool,
}

/// The whole configuration.
///
/// # Errors
/// When the table asks for what cannot be written.
pub fn configuration(rules: &Rules, places: &Places<'_>) -> anyhow::Result<String> {
    let folder = places.folder.display();
    let mut out = String::new();
    if places.is_root {
        out += "user root;\n";
    }
    write!(
        out,
        r#"daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log warn;
worker_processes 2;
worker_rlimit_nofile 18000;
events {{ worker_connections 9000; }}
http {{
    include /etc/nginx/mime.types;
    types {{ application/manifest+json webmanifest; }}
    default_type application/octet-stream;
    sendfile on;
    tcp_nodelay on;
    server_tokens off;
    absolute_redirect off;
    reset_timedout_connection on;
    # Somebody who sends a request letter by letter is not waited for.
    client_header_timeout 10s;
    client_body_timeout 30s;
    send_timeout 30s;
    keepalive_timeout 65s;
    client_max_body_size 120m;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/unused;
    uwsgi_temp_path {folder}/unused;
    scgi_temp_path {folder}/unused;
    proxy_cache_path {folder}/cache levels=1:2 keys_zone=edge:20m max_size=500m inactive=10m use_temp_path=off;

    # The edge's own span: nginx of Debian speaks no OTLP, so the recorder makes it from this log.
    map $http_traceparent $trace {{
        "~^00-(?<given>[0-9a-f]{{32}})-[0-9a-f]{{16}}-[0-9a-f]{{2}}$" $given;
        default $request_id;
    }}
    map $http_traceparent $parent {{
        "~^00-[0-9a-f]{{32}}-(?<caller>[0-9a-f]{{16}})-[0-9a-f]{{2}}$" $caller;
        default "";
    }}
    map $request_id $span {{ "~^(?<first>.{{16}})" $first; }}
    log_format spans escape=json '{{"trace":"$trace","span":"$span","parent":"$parent","end":$msec,"seconds":$request_time,'
        '"method":"$request_method","path":"$uri","status":$status,"cache":"$upstream_cache_status"}}';
    access_log {folder}/access.log spans;

    map $request_uri $path_only {{ "~^(?<before>[^?]*)" $before; }}
    map $http_accept_encoding $coding {{ "~*\bbr\b" br; "~*\bgzip\b" gzip; default ""; }}
    map $http_upgrade $connection_kept {{ default ""; }}
    # What says so itself is not kept by anybody but the browser.
    map $upstream_http_cache_control $is_private {{ "~*(private|no-store|no-cache)" 1; default 0; }}

    upstream balancer {{ server 127.0.0.1:{balancer}; keepalive 64; }}
"#,
        balancer = places.balancer,
    )?;
    let errors: Vec<String> = rules.errors.keys().map(u16::to_string).collect();
    let _ = writeln!(
        out,
        "    # Errors are kept by nobody, whatever they say of themselves.\n    map $upstream_status $is_error {{ \"~({})$\" 1; default 0; }}",
        errors.join("|")
    );
    for (name, policy) in rules.caches.iter().filter(|(name, _)| is_kept_from_api(rules, name)) {
        shield(&mut out, name, policy, places.sockets)?;
    }
    let port = places.port;
    let _ = write!(
        out,
        "\n    server {{\n        listen 127.0.0.1:{port} backlog=4096;\n        proxy_http_version 1.1;\n        proxy_connect_timeout 2s;\n        proxy_read_timeout 60s;\n        # There is one balancer, so only a kept connection that it had closed is tried again, anew: nothing was read of it.\n        proxy_next_upstream error timeout non_idempotent;\n"
    );
    for behaviour in &rules.behaviours {
        location(&mut out, behaviour, rules.policy(behaviour)?, places)?;
    }
    out += "    }\n}\n";
    Ok(out)
}

fn is_kept_from_api(rules: &Rules, cache: &str) -> bool {
    rules.behaviours.iter().any(|one| one.cache == cache && one.origin == Origin::Api)
        && rules.caches.get(cache).is_some_and(|policy| policy.max_ttl.is_some())
}

/// The second server, which shortens how long answers want to be kept.
fn shield(out: &mut String, name: &str, policy: &CachePolicy, sockets: &Path) -> anyhow::Result<()> {
    let most = policy.max_ttl.context("a policy that keeps has a max_ttl")?;
    let within = numbers_to(most);
    write!(
        out,
        r#"
    map $upstream_http_cache_control $shorter_{name} {{
        "" "";
        "~*(private|no-store|no-cache)" "";
        "~*s-maxage={within}" "";
        "~*s-maxage=" {most};
        "~*max-age={within}" "";
        default {most};
    }}
    upstream shield_{name} {{ server unix:{sockets}/{name}.sock; keepalive 32; }}
    server {{
        listen unix:{sockets}/{name}.sock;
        access_log off;
        location / {{
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header Host $http_host;
            proxy_pass http://balancer;
            add_header X-Accel-Expires $shorter_{name} always;
        }}
    }}
"#,
        sockets = sockets.display(),
    )?;
    Ok(())
}

fn location(out: &mut String, behaviour: &Behaviour, policy: &CachePolicy, places: &Places<'_>) -> anyhow::Result<()> {
    let _ = writeln!(out, "        location ~ {} {{", as_regex(&behaviour.path));
    let mut line = |text: &str| {
        let _ = writeln!(out, "            {text}");
    };
    if behaviour.methods == Methods::Read {
        line("if ($request_method !~ ^(GET|HEAD|OPTIONS)$) { return 403; }");
    }
    match (behaviour.origin, policy.max_ttl) {
        (Origin::Spa, _) => spa(&mut line, policy, behaviour.frames, places.spa),
        (Origin::Api, None) => {
            pass_on(&mut line);
            line("proxy_set_header Host $http_host;");
            line("proxy_request_buffering on;");
            // Live events are not held back.
            line("proxy_buffering off;");
            line("add_header X-Cache PASS always;");
            line("proxy_pass http://balancer;");
        }
        (Origin::Api, Some(_)) => kept(&mut line, behaviour, policy)?,
    }
    out.push_str("        }\n");
    Ok(())
}

/// What every request to the load balancer carries.
fn pass_on(line: &mut impl FnMut(&str)) {
    line("proxy_set_header Connection $connection_kept;");
    line("proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;");
    line("proxy_set_header traceparent 00-$trace-$span-01;");
}

fn kept(line: &mut impl FnMut(&str), behaviour: &Behaviour, policy: &CachePolicy) -> anyhow::Result<()> {
    let name = &behaviour.cache;
    let query = match &policy.query {
        Query::Word(word) if word == "all" => "$is_args$args".to_owned(),
        Query::Nothing => String::new(),
        Query::Word(word) if word == "none" => String::new(),
        Query::Named(names) => match names.as_slice() {
            [] => String::new(),
            [one] => {
                line("set $query \"\";");
                line(&format!("if ($arg_{one} != \"\") {{ set $query \"?{one}=$arg_{one}\"; }}"));
                "$query".to_owned()
            }
            _ => anyhow::bail!("{name}: the twin's edge knows no key of several parameters yet"),
        },
        Query::Word(word) => anyhow::bail!("{name}: a query is all, none or names, not {word}"),
    };
    let headers: Vec<String> =
        policy.headers.iter().map(|header| format!("$http_{}", header.to_lowercase().replace('-', "_"))).collect();
    let coding = if policy.compress { "$coding" } else { "" };
    line("proxy_cache edge;");
    line(&format!("proxy_cache_key \"{name} $http_host$path_only{query} {} {coding}\";", headers.join(" ")));
    line("proxy_cache_methods GET HEAD;");
    line("proxy_no_cache $is_private $is_error;");
    // Of many who ask for the same at once, one goes on; the others wait for what it brings.
    line("proxy_cache_lock on;");
    line("proxy_cache_lock_timeout 5s;");
    line("proxy_cache_lock_age 5s;");
    line("proxy_cache_revalidate on;");
    // `stale-while-revalidate` of the answer holds by this alone; `updating` below would hold for ever.
    line("proxy_cache_background_update on;");
    line("proxy_cache_use_stale error timeout http_500 http_502 http_503 http_504;");
    if policy.default_ttl > 0 {
        line(&format!("proxy_cache_valid 200 {}s;", policy.default_ttl));
    }
    // Only what belongs to the key is passed on: no cookie, no token, nothing that could make two answers of one key.
    line("proxy_pass_request_headers off;");
    line("proxy_set_header Host $http_host;");
    for (header, value) in policy.headers.iter().zip(&headers) {
        line(&format!("proxy_set_header {header} {value};"));
    }
    if policy.compress {
        line("proxy_set_header Accept-Encoding $coding;");
    }
    pass_on(line);
    line("add_header X-Cache $upstream_cache_status always;");
    line(&format!("proxy_pass http://shield_{name}$path_only{query};"));
    Ok(())
}

/// The app's files as S3 holds them: hashed ones for ever, and the page for every address without a dot.
fn spa(line: &mut impl FnMut(&str), policy: &CachePolicy, frames: Option<Frames>, folder: &Path) {
    let keep = if policy.default_ttl > 86400 { "public, max-age=31536000, immutable" } else { "public, no-cache" };
    line(&format!("root {};", folder.display()));
    line("gzip_static on;");
    line("add_header X-Cache SPA always;");
    line(&format!("add_header Cache-Control \"{keep}\";"));
    let content = if frames.is_some() { headers::embed_policy(None) } else { headers::app_policy(None) };
    line(&format!("add_header Content-Security-Policy \"{content}\";"));
    if frames.is_none() {
        line("add_header X-Frame-Options DENY;");
    }
    line("add_header X-Content-Type-Options nosniff;");
    line("if ($path_only ~ ^/reports/?$) { return 308 /around; }");
    line("if ($path_only ~ ^/reports/([^/]*[^0-9/][^/]*)/?$) { return 308 /report/of/$1; }");
    line("if ($uri !~ \\.[^/]*$) { rewrite ^ /index.html break; }");
}
