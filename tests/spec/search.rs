//! What people look for in Chinese is found by the search of the documentation, which looks at the beginnings of names
//! and of their aliases only.

use crate::codegen::emit::emit;

/// What people look for, and a name or alias that it must lead to.
const WORDS: [&str; 32] = [
    "二维码",
    "带参数的二维码",
    "用户列表",
    "用户信息",
    "用户基本信息",
    "自定义菜单",
    "个性化菜单",
    "网页授权",
    "客服消息",
    "客服",
    "草稿",
    "草稿箱",
    "模板消息",
    "模板",
    "群发",
    "素材",
    "永久素材",
    "临时素材",
    "标签",
    "黑名单",
    "评论",
    "发布",
    "access_token",
    "接口调用凭据",
    "用户分析",
    "图文分析",
    "自动回复",
    "卡券",
    "会员卡",
    "门店",
    "电子发票",
    "订阅通知",
];

/// All names and aliases that are emitted.
fn names() -> Vec<String> {
    let files = emit(crate::real());
    let aliases = files.iter().flat_map(|file| file.text.lines()).filter_map(|line| {
        let line = line.trim();
        let alias = line.strip_prefix("#[doc(alias = \"").or(line.strip_prefix("#![doc(alias = \""))?;
        Some(alias.strip_suffix("\")]")?.to_owned())
    });
    let modules = crate::real().areas.iter().map(|area| area.name.clone());
    let calls = crate::real().areas.iter().flat_map(|area| &area.endpoints).map(|it| it.name.value.clone());
    aliases.chain(modules).chain(calls).collect()
}

#[test]
fn common_words_are_found() {
    let names = names();
    let lost: Vec<&str> =
        WORDS.into_iter().filter(|word| !names.iter().any(|name| name.starts_with(word))).collect();
    assert!(lost.is_empty(), "no name or alias begins with {lost:?}; give an area `keywords`");
    assert!(!names.iter().any(|name| name.starts_with("没有这个词")));
}
