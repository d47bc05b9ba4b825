"""The same spec as plain structs with serde derive: what a careful person would write by hand.

Reads the macro calls that the package generates (they hold every name, type and line of documentation) and writes a
package of structs, constructors, setters and client methods. It leaves out what derive does not give for free:
unknown fields, leniency, hidden secrets, `PartialEq`, paging."""

import re
import shutil
from pathlib import Path

HERE = Path(__file__).parent
PLAIN = {"crate::Timestamp": "i64", "crate::Date": "String"}
FIELD = re.compile(
    r'(?P<name>\w+): (?P<type>.+?) = (?P<wire>"[^"]*"(?: / "[^"]*")*)(?: also \[(?P<also>[^\]]*)\])?'
    r'(?: (?P<how>required|optional)\((?P<argument>.+?)\))?(?: \[(?P<flags>[\w ]+)\])?;$'
)
VARIANT = re.compile(
    r'(?P<name>\w+)(?:\((?P<type>.+?)\))? = "(?P<tag>[^"]*)"(?: in "(?P<key>[^"]*)")?'
    r'(?: new (?P<new>\w+)\((?P<arguments>.*)\))?(?P<from> \[from\])?;$'
)


def package(ours: Path, generated: Path, target: Path) -> None:
    """Writes to `target` the package that does what the generated files say."""
    (target / "src").mkdir(parents=True)
    shutil.copy(ours / "Cargo.lock", target / "Cargo.lock")
    version = re.search(r'(?m)^version = "(.*)"', (ours / "Cargo.toml").read_text()).group(1)
    cargo = (HERE / "derive.toml").read_text()
    (target / "Cargo.toml").write_text(cargo.replace("VERSION", version))
    # What pushes need is gated by a feature that is off.
    gated = re.findall(r'#\[cfg\(feature = "callback"\)\]\n(?:#\[.*\]\n)*pub mod (\w+)', (generated / "areas.rs").read_text())
    modules = []
    for path in sorted(generated.glob("area_*.rs")):
        name = path.stem.removeprefix("area_")
        text = "" if name in gated else module(path.read_text())
        if text:
            modules.append(f"pub mod {name};\n")
            (target / "src" / f"{name}.rs").write_text("use serde::{Deserialize, Serialize};\n\n" + text)
    (target / "src" / "lib.rs").write_text((HERE / "derive.rs").read_text() + "\n" + "".join(modules))


def module(text: str) -> str:
    """The hand-written form of one generated file."""
    out = []
    endpoint = None
    for macro, body in re.findall(r"(?ms)^(\w+)! \{(.*?)^\}", text) + re.findall(r"(?m)^(default_from_new)! \{(.*)\}$", text):
        lines = [line.strip() for line in body.strip().splitlines()]
        if macro in ("endpoint", "browser_url", "object", "response"):
            item = Struct(lines)
            if macro in ("endpoint", "browser_url"):
                endpoint = item
            item.emit(out)
        elif macro == "open_enum":
            open_enum(lines, out)
        elif macro == "one_of":
            one_of(lines, out)
        elif macro == "methods":
            method(lines, endpoint, out)
        elif macro == "default_from_new":
            for name in filter(None, (name.strip() for name in body.split(","))):
                out.append(f"impl Default for {name} {{\n    fn default() -> Self {{\n        Self::new()\n    }}\n}}\n")
    return "\n".join(out)


def plain(text: str) -> str:
    for ours, theirs in PLAIN.items():
        text = text.replace(ours, theirs)
    return text


def identifier(name):
    """The name of a field; serde leaves the `r#` away."""
    return f"r#{name}" if name == "type" else name


def constant(value):
    """Type and initial value of a field that is always sent; the client fills in its credentials."""
    if value.startswith('"'):
        return "String", f"{value}.to_owned()"
    if value in ("true", "false"):
        return "bool", value
    if value.startswith("("):
        return "i64", value.strip("()")
    return "String", "String::new()"


class Field:
    def __init__(self, match, docs):
        self.docs = docs
        self.name = match["name"]
        self.type = plain(match["type"])
        *self.path, self.wire = re.findall(r'"([^"]*)"', match["wire"])
        self.also = re.findall(r'"([^"]*)"', match["also"] or "")
        self.how = match["how"]
        self.argument = plain(match["argument"] or "")
        self.flags = (match["flags"] or "").split()

    @property
    def optional(self):
        return self.type.startswith("Option<")

    @property
    def listed(self):
        return self.type.startswith(("Vec<", "std::collections::BTreeMap<", "BTreeMap<"))

    @property
    def file(self):
        return "FilePart" in self.type

    @property
    def choice(self):
        """One of several parts, such as a file or its address."""
        return "part" in self.flags and "flatten" in self.flags

    def attributes(self):
        out = []
        if "flatten" in self.flags:
            return ["flatten"]
        if self.wire != self.name:
            out.append(f'rename = "{self.wire}"')
        out += [f'alias = "{name}"' for name in self.also]
        if self.optional:
            out += ["default", 'skip_serializing_if = "Option::is_none"']
        elif self.listed and "required" not in self.flags:
            out += ["default", f'skip_serializing_if = "{self.type.split("<")[0]}::is_empty"']
        for flag in ("bool01", "text", "json", "many"):
            if flag in self.flags:
                out.append(f'with = "crate::wire::{flag}{"_option" if self.optional else ""}"')
        return out

    def line(self, indent="    "):
        out = "".join(f"{indent}{doc}\n" for doc in self.docs)
        if attributes := self.attributes():
            out += f"{indent}#[serde({', '.join(attributes)})]\n"
        return out + f"{indent}pub {self.name}: {self.type},\n"


class Group:
    """Fields inside a nested object, which derive can only have as a struct of its own."""

    def __init__(self, owner, head):
        self.name = re.sub(r"\W", "_", head)
        self.wire = head
        self.type_name = owner + "".join(word.capitalize() for word in head.split("_"))
        self.members = []

    @property
    def required(self):
        return any(m.required if isinstance(m, Group) else "required" in m.flags for m in self.members)


def tree(owner, fields, depth=0):
    """Fields and groups of fields that share a path."""
    out = []
    for field in fields:
        if len(field.path) > depth:
            head = field.path[depth]
            if not (out and isinstance(out[-1], Group) and out[-1].wire == head):
                out.append(Group(owner, head))
                out[-1].fields = []
            out[-1].fields.append(field)
        else:
            out.append(field)
    for entry in out:
        if isinstance(entry, Group):
            entry.members = tree(entry.type_name, entry.fields, depth + 1)
    return out


class Struct:
    def __init__(self, lines):
        self.docs, self.fields, self.keys = [], [], {}
        head = next(i for i, line in enumerate(lines) if line.startswith("pub struct "))
        self.docs = lines[:head]
        match = re.match(r"pub struct (\w+)(?: => (.+?))? \{", lines[head])
        self.name, self.response = match[1], match[2]
        docs, inside = [], not lines[head].endswith("{}")
        for line in lines[head + 1 :]:
            if inside and line == "}":
                inside = False
            elif inside and line.startswith(("///", "#[")):
                docs.append(line)
            elif inside:
                self.fields.append(Field(FIELD.match(line), docs))
                docs = []
            elif match := re.match(r"(\w+): (.*),$", line):
                self.keys[match[1]] = match[2]
        self.fixed = re.findall(r'(query|body) "(\w+)" = (.+?)(?: after "\w+")?;', self.keys.get("fixed", ""))
        self.sent = any(field.how for field in self.fields) or "name" in self.keys

    def body(self):
        """How the request travels."""
        if any("part" in field.flags for field in self.fields):
            return "multipart"
        return "json" if self.keys.get("method") == "POST" else "none"

    def emit(self, out):
        entries = tree(self.name, self.fields)
        derive = "Debug, Clone" if any(field.file or field.choice for field in self.fields) else "Debug, Clone, Serialize, Deserialize"
        for entry in entries:
            if isinstance(entry, Group):
                self.group(entry, out)
        text = "".join(f"{doc}\n" for doc in self.docs)
        text += f"#[derive({derive})]\n#[non_exhaustive]\npub struct {self.name} {{\n"
        for entry in entries:
            line = self.group_line(entry) if isinstance(entry, Group) else entry.line()
            text += line if "Serialize" in derive else re.sub(r" *#\[serde.*\n", "", line)
        for _, name, value in self.body_constants():
            text += f"    {identifier(name)}: {constant(value)[0]},\n"
        text += "}\n"
        if self.sent:
            text += self.constructor(entries)
        out.append(text)

    def body_constants(self):
        return [entry for entry in self.fixed if entry[0] == "body"]

    def group_line(self, group):
        rename = f'rename = "{group.wire}"' if group.name != group.wire else ""
        if group.required:
            attribute = f"    #[serde({rename})]\n" if rename else ""
            return f"{attribute}    pub {group.name}: {group.type_name},\n"
        options = ", ".join(filter(None, [rename, "default", 'skip_serializing_if = "Option::is_none"']))
        return f"    #[serde({options})]\n    pub {group.name}: Option<{group.type_name}>,\n"

    def group(self, group, out):
        for member in group.members:
            if isinstance(member, Group):
                self.group(member, out)
        default = "" if group.required else ", Default"
        text = f"/// Part of [`{self.name}`].\n#[derive(Debug, Clone, Serialize, Deserialize{default})]\npub struct {group.type_name} {{\n"
        for member in group.members:
            text += self.group_line(member) if isinstance(member, Group) else member.line()
        out.append(text + "}\n")

    def constructor(self, entries):
        required = [field for field in self.fields if field.how == "required"]
        arguments = ", ".join(f"{field.name}: {field.argument}" for field in required)
        text = f"\nimpl {self.name} {{\n    /// Builds the value from what it can't be without.\n"
        text += f"    #[allow(clippy::new_without_default, clippy::too_many_arguments)]\n    pub fn new({arguments}) -> Self {{\n        Self {{\n"
        text += self.initial(entries)
        for _, name, value in self.body_constants():
            text += f"            {identifier(name)}: {constant(value)[1]},\n"
        text += "        }\n    }\n"
        for field in self.fields:
            if field.how == "optional":
                text += self.setter(field, entries)
        return text + "}\n"

    def initial(self, entries):
        text = ""
        for entry in entries:
            if isinstance(entry, Group):
                value = f"{entry.type_name} {{\n{self.initial(entry.members)}}}" if entry.required else "None"
                text += f"            {entry.name}: {value},\n"
            elif entry.how == "required":
                text += f"            {entry.name}: {entry.name}.into(),\n"
            elif entry.optional:
                text += f"            {entry.name}: None,\n"
            else:
                text += f"            {entry.name}: Default::default(),\n"
        return text

    def setter(self, field, entries):
        place, members = "self", entries
        for head in field.path:
            group = next(entry for entry in members if isinstance(entry, Group) and entry.wire == head)
            place += f".{group.name}" + ("" if group.required else ".get_or_insert_default()")
            members = group.members
        value = "Some(value.into())" if field.optional else "value.into()"
        return (
            f"\n    /// Sets [`{field.name}`](field@Self::{field.name}).\n    #[must_use]\n"
            f"    pub fn {field.name}(mut self, value: {field.argument}) -> Self {{\n"
            f"        {place}.{field.name} = {value};\n        self\n    }}\n"
        )


def open_enum(lines, out):
    head = next(i for i, line in enumerate(lines) if line.startswith("pub enum "))
    name, kind = re.match(r"pub enum (\w+): (\w+) \{", lines[head]).groups()
    raw = "String" if kind == "string" else "i64"
    docs = "".join(f"{line}\n" for line in lines[:head])
    text = docs + f"#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]\n"
    text += f'#[serde(from = "{raw}", into = "{raw}")]\n#[non_exhaustive]\npub enum {name} {{\n'
    values = []
    for line in lines[head + 1 :]:
        if match := re.match(r"(\w+) = (.+),$", line):
            values.append(match.groups())
            text += f"    {match[1]},\n"
        elif line != "}":
            text += f"    {line}\n"
    text += f"    /// Any other value.\n    Unlisted({raw}),\n}}\n"
    if kind == "string":
        arms = "".join(f"            Self::{variant} => {wire},\n" for variant, wire in values)
        back = "".join(f"            {wire} => Self::{variant},\n" for variant, wire in values)
        text += f"""
impl {name} {{
    /// The value as it is on the wire.
    pub fn as_str(&self) -> &str {{
        match self {{
{arms}            Self::Unlisted(raw) => raw,
        }}
    }}
}}

impl From<&str> for {name} {{
    fn from(raw: &str) -> Self {{
        match raw {{
{back}            raw => Self::Unlisted(raw.to_owned()),
        }}
    }}
}}

impl From<String> for {name} {{
    fn from(raw: String) -> Self {{
        raw.as_str().into()
    }}
}}

impl From<{name}> for String {{
    fn from(value: {name}) -> Self {{
        value.as_str().to_owned()
    }}
}}

impl std::fmt::Display for {name} {{
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {{
        f.write_str(self.as_str())
    }}
}}
"""
    else:
        arms = "".join(f"            {name}::{variant} => {wire},\n" for variant, wire in values)
        back = "".join(f"            {wire} => Self::{variant},\n" for variant, wire in values)
        text += f"""
impl From<i64> for {name} {{
    fn from(raw: i64) -> Self {{
        match raw {{
{back}            raw => Self::Unlisted(raw),
        }}
    }}
}}

impl From<{name}> for i64 {{
    fn from(value: {name}) -> Self {{
        match value {{
{arms}            {name}::Unlisted(raw) => raw,
        }}
    }}
}}
"""
    out.append(text)


def one_of(lines, out):
    head = next(i for i, line in enumerate(lines) if line.startswith("pub enum "))
    name, place, tag = re.match(r'pub enum (\w+) \((\w+)(?:, tag "([^"]*)")?\) \{', lines[head]).groups()
    text = "".join(f"{line}\n" for line in lines[:head])
    parts = any("(crate::FilePart)" in line for line in lines)
    text += "#[derive(Debug, Clone)]\n" if parts else "#[derive(Debug, Clone, Serialize, Deserialize)]\n"
    if tag:
        text += f'#[serde(tag = "{tag}")]\n'
    elif place == "beside":
        text += "#[serde(untagged)]\n"
    text += f"#[non_exhaustive]\npub enum {name} {{\n"
    after, arms = "", ""
    for line in lines[head + 1 :]:
        if line.startswith(("///", "#[")):
            text += f"    {line}\n"
            continue
        if not (match := VARIANT.match(line)):
            continue
        variant, kind, wire = match["name"], plain(match["type"] or ""), match["tag"]
        if parts:
            add = "file" if kind == "crate::FilePart" else "text"
            arms += f'            Self::{variant}(value) => form.{add}("{wire}", value{"" if add == "file" else ".into_bytes()"}),\n'
        elif tag or place == "keyed":
            text += f'    #[serde(rename = "{wire}")]\n'
        key = match["key"] or wire
        beside_tag = tag and place == "keyed"
        if not kind:
            text += f"    {variant},\n"
        elif beside_tag:
            text += f'    {variant} {{\n        /// What it holds.\n        #[serde(rename = "{key}")]\n        payload: {kind},\n    }},\n'
        else:
            text += f"    {variant}({kind}),\n"
        arguments = plain(match["arguments"] or "")
        build = "Self::{v} {{ payload: {x} }}" if beside_tag else "Self::{v}({x})"
        if match["new"]:
            names = ", ".join(re.findall(r"(\w+): ", arguments))
            value = build.format(v=variant, x=f"{kind}::new({names})")
            after += f"\nimpl {name} {{\n    /// `{variant}`, from what it can't be without.\n    #[allow(clippy::too_many_arguments)]\n    pub fn {match['new']}({arguments}) -> Self {{\n        {value}\n    }}\n}}\n"
        if match["from"]:
            value = build.format(v=variant, x="payload")
            after += f"\nimpl From<{kind}> for {name} {{\n    fn from(payload: {kind}) -> Self {{\n        {value}\n    }}\n}}\n"
    if tag:
        text += "    /// Any other kind.\n    #[serde(other)]\n    Unknown,\n"
    elif place == "beside":
        text += "    /// Any other kind.\n    Unknown(serde_json::Value),\n"
    if parts:
        after += f"\nimpl {name} {{\n    pub(crate) fn add_to(self, form: &mut crate::Form) {{\n        match self {{\n{arms}        }}\n    }}\n}}\n"
    out.append(text + "}\n" + after)


def method(lines, endpoint, out):
    if lines[0] == "url":
        lines = lines[1:]
    docs = "".join(f"    {line}\n" for line in lines[:-1])
    name = re.match(r"(\w+)\(", lines[-1])[1]
    query = "&".join(f"{key}={value.strip(chr(34))}" for place, key, value in endpoint.fixed if place == "query")
    query = query.replace("app_id", "{0}").replace("app_secret", "{1}")
    path = endpoint.keys["path"].strip('"') + (f"?{query}" if query else "")
    head = f"    pub {{}}fn {name}(&self, request: {endpoint.name}) -> crate::Result<{{}}> {{{{\n"
    meta = f'crate::Meta {{ path: "{path}", token: {"false" if "auth" in endpoint.keys else "true"} }}'
    secrets = "".join(
        f"        request.{key} = self.{value}.clone();\n"
        for place, key, value in endpoint.fixed
        if place == "body" and value in ("app_id", "app_secret")
    )
    if secrets:
        head = head.replace("request:", "mut request:")
    if endpoint.response is None:
        body = head.format("", "String") + f"        self.url({meta}, &crate::query(&request)?)\n"
    else:
        answer = endpoint.response.replace("crate::Download", "crate::Bytes")
        how = "bytes" if answer == "crate::Bytes" else "either" if "Payload" in answer else "json"
        target = re.sub(r"crate::Payload<(.*)>", r"\1", answer)
        body = head.format("async ", answer) + secrets
        kind = endpoint.body()
        if kind == "none":
            body += f"        let answer = self.get({meta}, &crate::query(&request)?).await?;\n"
        elif kind == "json":
            body += f"        let answer = self.post({meta}, crate::body(&request)?).await?;\n"
        else:
            body += "        let mut form = crate::Form::new();\n"
            query = []
            for field in endpoint.fields:
                if "part" not in field.flags:
                    query.append(field)
                elif field.choice:
                    body += f"        request.{field.name}.add_to(&mut form);\n"
                elif field.file:
                    body += f'        form.file("{field.wire}", request.{field.name});\n'
                elif field.optional:
                    body += f'        if let Some(value) = &request.{field.name} {{\n            form.text("{field.wire}", crate::body(value)?);\n        }}\n'
                else:
                    body += f'        form.text("{field.wire}", crate::body(&request.{field.name})?);\n'
            body += "        let mut query = Vec::new();\n"
            for field in query:
                if field.optional:
                    body += f'        if let Some(value) = &request.{field.name} {{\n            query.push(("{field.wire}", value.to_string()));\n        }}\n'
                else:
                    body += f'        query.push(("{field.wire}", request.{field.name}.to_string()));\n'
            body += f"        let answer = self.upload({meta}, &query, form).await?;\n"
        result = {"bytes": "Ok(answer)", "json": f"crate::decode::<{target}>(&answer)", "either": f"crate::either::<{target}>(answer)"}
        body += f"        {result[how]}\n"
    out.append(f"impl crate::Client {{\n{docs}{body}    }}\n}}\n")
