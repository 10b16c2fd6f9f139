use super::*;
use crate::config::Sources;

fn page_of(variables: &[(&str, &str)], bound: &str) -> String {
    let base = [
        ("DATABASE_URL", "postgres://db/waybill"),
        ("ACCESS_TOKEN_SECRET", "0123456789abcdef0123456789abcdef"),
    ];
    let variables = base.iter().chain(variables).copied();
    let config = Config::load(&Sources::from_variables(variables)).unwrap();
    let page = page(&config.tracking, &config.http, bound.parse().unwrap());
    page.unwrap().into()
}

#[test]
fn links_lead_to_the_own_page_unless_another_is_named() {
    assert_eq!(page_of(&[], "127.0.0.1:81"), "http://127.0.0.1:81/track");
    assert_eq!(page_of(&[], "0.0.0.0:81"), "http://127.0.0.1:81/track");
    assert_eq!(
        page_of(
            &[("WAYBILL_PUBLIC_URL", "https://orders.example")],
            "127.0.0.1:81"
        ),
        "https://orders.example/track"
    );
    assert_eq!(
        page_of(
            &[("WAYBILL_TRACKING_PAGE_URL", "https://shop.example/where")],
            "127.0.0.1:81"
        ),
        "https://shop.example/where"
    );
}
