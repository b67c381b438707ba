//! The example of the library does what its page says.

#[path = "../../examples/audit.rs"]
#[expect(dead_code, reason = "its entry is for the example alone")]
#[expect(unreachable_pub, reason = "it is public there")]
mod audit;

#[tokio::test]
async fn the_example_finds_what_is_wrong_and_plans_its_repair() {
    let mut text = Vec::new();
    audit::audit(&mut text).await.unwrap();
    let text = String::from_utf8(text).unwrap();
    assert!(text.starts_with("example.com\n  proxied: em1234.example.com\n"), "{text}");
    assert_eq!(text.matches("  plan: set-dns-only ").count(), 3, "{text}");
}
