//! What a browser gets: the page, the reference, and nothing from elsewhere.

use reqwest::Method;

use super::*;

/// Neither an address of another server, nor anything that the policy would stop.
fn self_contained(answer: &Answer) {
    let policy = answer.header("content-security-policy");
    assert!(
        policy.starts_with("default-src 'self'") && !policy.contains("unsafe"),
        "{policy}"
    );
    for bad in [
        "<script>",
        "<style",
        " style=",
        " onclick=",
        "src=\"http",
        "href=\"http",
        "url(http",
        "@import",
    ] {
        assert!(!answer.text.contains(bad), "{bad}");
    }
}

#[tokio::test]
async fn the_reference_shows_every_operation_and_needs_nothing_else() {
    let shop = Shop::open().await;
    let page = shop.nobody.get("/docs").await.expect(200);
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    self_contained(&page);
    let channels = shop.nobody.get("/asyncapi.json").await.expect(200).body;
    assert_eq!(channels, waybill_api::http::asyncapi::document());
    let document = shop.nobody.get("/openapi.json").await.expect(200).body;
    for (path, item) in document["paths"].as_object().unwrap() {
        assert!(
            page.text.contains(&format!("<code>{path}</code>")),
            "{path}"
        );
        for said in item.as_object().unwrap().values() {
            let id = said["operationId"].as_str().unwrap();
            assert!(page.text.contains(&format!("id=\"{id}\"")), "{id}");
        }
    }
    // Every link within it leads somewhere.
    for link in page.text.split("href=\"#").skip(1) {
        let target = link.split('"').next().unwrap();
        assert!(page.text.contains(&format!("id=\"{target}\"")), "#{target}");
    }
    let problems = shop.nobody.get("/docs/problems").await.expect(200);
    self_contained(&problems);
    for link in page.text.split("href=\"/docs/problems#").skip(1) {
        let code = link.split('"').next().unwrap();
        assert!(problems.text.contains(&format!("id=\"{code}\"")), "{code}");
    }
    let style = shop.nobody.get("/docs/style.css").await.expect(200);
    assert!(!style.text.contains("url("));
    shop.close().await;
}

#[tokio::test]
async fn examples_have_the_shapes_that_they_are_examples_of() {
    let shop = Shop::open().await;
    let document = shop.nobody.get("/openapi.json").await.expect(200).body;
    let mut count = 0;
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        if let Some(example) = schema.get("example") {
            let faults = waybill_tests::shapes::faults(&document, schema, example);
            assert!(faults.is_empty(), "{name}: {faults:#?}");
            count += usize::from(example.is_object());
        }
    }
    assert!(count >= 10, "{count} examples");
    // And what is sent as an example is taken.
    let order = document["components"]["schemas"]["NewOrder"]["example"].clone();
    shop.service.post("/v1/orders", order).await.expect(201);
    shop.close().await;
}

#[tokio::test]
async fn addresses_of_the_page_get_the_page_and_others_a_problem() {
    let shop = Shop::open().await;
    let html = [("accept", "text/html,application/xhtml+xml,*/*;q=0.8")];
    let browse = async |path: &str| shop.nobody.send(Method::GET, path, None, &html).await;
    let page = browse("/").await;
    self_contained(&page);
    if page.status == 404 {
        // Compiled before the page was built: it says so, to people.
        assert!(page.text.contains("make web"), "{}", page.text);
    } else {
        assert_eq!(page.status, 200);
        assert_eq!(page.header("cache-control"), "no-cache");
        assert_eq!(
            browse("/orders/ORD-10001").await.expect(200).text,
            page.text
        );
        let tag = page.header("etag").to_owned();
        let known = [("accept", "text/html"), ("if-none-match", tag.as_str())];
        shop.nobody
            .send(Method::GET, "/", None, &known)
            .await
            .expect(304);
        let asset = page
            .text
            .split('"')
            .find(|part| part.starts_with("/assets/"))
            .expect("an asset");
        let file = shop.nobody.get(asset).await.expect(200);
        assert_eq!(
            file.header("cache-control"),
            "public, max-age=31536000, immutable"
        );
        assert_eq!(file.header("x-content-type-options"), "nosniff");
        let small = [("accept-encoding", "gzip")];
        let small = shop.nobody.send(Method::GET, asset, None, &small).await;
        assert_eq!(small.expect(200).header("content-encoding"), "gzip");
    }
    // The problem is whole, also for whoever takes compressed answers.
    let packed = [("accept-encoding", "gzip")];
    let missing = shop
        .nobody
        .send(Method::GET, "/none.js", None, &packed)
        .await;
    missing.refused(404, "no_such_route");
    // Not the page's: a script that asks for a file wants no HTML, and the API's addresses are its own.
    shop.nobody
        .get("/assets/none.js")
        .await
        .refused(404, "no_such_route");
    browse("/v1/none").await.refused(404, "no_such_route");
    browse("/docs/none").await.refused(404, "no_such_route");
    shop.nobody
        .send(Method::POST, "/", None, &html)
        .await
        .refused(404, "no_such_route");
    shop.nobody
        .send(Method::PUT, "/v1/orders", None, &html)
        .await
        .refused(405, "method_not_allowed");
    shop.close().await;
}

#[tokio::test]
async fn any_number_of_people_behind_one_address_can_open_the_page_at_once() {
    let shop = Shop::open_with(&[
        ("WAYBILL_RATE_ANONYMOUS_PER_SEC", "1"),
        ("WAYBILL_RATE_ANONYMOUS_BURST", "5"),
    ])
    .await;
    let html = [("accept", "text/html")];
    let page = shop.nobody.send(Method::GET, "/", None, &html).await;
    let asset = page
        .text
        .split('"')
        .find(|part| part.starts_with("/assets/"));
    // Nothing to be asked for if this was compiled before the page was built.
    if let Some(asset) = asset {
        for _ in 0..20 {
            shop.nobody.get(asset).await.expect(200);
        }
    }
    // An address where there is no file is a request like any other.
    let mut answers = Vec::new();
    for _ in 0..20 {
        answers.push(shop.nobody.get("/assets/none.js").await.status);
    }
    assert!(answers.contains(&429), "{answers:?}");
    shop.close().await;
}
