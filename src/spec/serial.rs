//! Which parts of the model become bytes: the table by which `writer.rs` writes and `reader.rs` reads them. Left out is
//! where things stand, what only people read (docs, names in other languages), and most of what the sandbox has no use
//! for.

/// Hands the parts of the model to macros of the caller: structs, structs that are mostly blank, enums. Of a struct, what
/// stands behind the semicolon is left out, and blank when it is read.
macro_rules! for_each_part {
    () => {
        structs! {
            Spec { areas errors; files }
            Area {
                endpoints objects enums unions replies;
                name span title name_zh doc example link feature reexports keywords events }
            Endpoint {
                name method path host fragment accounts verified auth idempotent errors query body parts raw
                content_type returns response envelope paging examples;
                formerly summary doc name_zh name_en link deprecated not_found keys }
            Paging { cursor offset page count total pages short_is_last items; span }
            PagingCursor { field next; }
            PagingNumber { field first if_given; }
            Example { query body parts raw response download url; title span }
            ExampleDownload { content_type filename text base64; span }
            Field { wire ty origin required path also flatten free_text count limits; rust doc secret deprecated keys }
            Object { name fields; doc }
            OpenEnum { name integer values; doc }
            EnumValue { wire; rust doc }
            Union { name tag keyed variants; doc }
            Variant { tag default ty key; rust doc }
            Event { kind name ty msg_type event also fields; summary doc name_zh link examples }
            ErrorCode { code doc; name class hint lasting by_auth }
        }

        sparse! {
            Limits { min max min_chars max_chars max_bytes min_items max_items error; }
            FieldErrors { missing empty small large kind value other; }
        }
        enums! {
            Method { 0 => Get, 1 => Post, 2 => Browser, }
            Host { 0 => Api, 1 => Mp, 2 => Open, }
            Auth { 0 => AccessToken, 1 => None, 2 => App, 3 => UserToken, }
            Returns { 0 => Json, 1 => Binary, 2 => Either, }
            Envelope { 0 => Errcode, 1 => BaseResp, }
            Account { 0 => Service, 1 => Subscription, }
            Response { 0 => Missing, 1 => Fields(fields), 2 => Named(name), }
            PagingNext { 0 => Answer(field), 1 => LastItem(field), }
            Required { 0 => No, 1 => Request, 2 => Always, }
            Const { 0 => Text(value), 1 => Integer(value), 2 => Bool(value), }
            Origin { 0 => Caller, 1 => Const(value), 2 => AppId, 3 => Secret, }
            Pushed { 0 => Event, 1 => Message, 2 => Reply, }
            Type {
                0 => String, 1 => I32, 2 => I64, 3 => U32, 4 => U64, 5 => Decimal, 6 => Bool, 7 => Bool01, 8 => Date,
                9 => Timestamp, 10 => Json, 11 => File, 12 => List(inner), 13 => Map(inner), 14 => Many(inner),
                15 => Text(inner), 16 => JsonText(inner), 17 => Named(name), 18 => Id(id),
            }
        }
    };
}

pub(crate) use for_each_part;
