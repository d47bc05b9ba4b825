weixin::endpoint! {
    /// The city would never be sent.
    pub struct GetWeather => weixin::Empty {
        /// Name of the city.
        city: String = "city" required(impl Into<String>) [required];
    }
    method: GET,
    path: "/weather",
}

weixin::endpoint! {
    /// Neither would the picture.
    pub struct SendPicture => weixin::Empty {
        /// The picture.
        media: weixin::FilePart = "media" required(weixin::FilePart) [part required];
    }
    method: POST,
    path: "/picture",
}

weixin::endpoint! {
    /// Nor its title.
    pub struct SendTitle => weixin::Empty {
        /// The picture.
        media: weixin::FilePart = "media" required(weixin::FilePart) [part required];
        /// Its title.
        title: String = "title" required(impl Into<String>) [required];
    }
    method: POST,
    body: multipart,
    path: "/picture",
}

weixin::endpoint! {
    /// Nor what stands beside a raw body.
    pub struct SendRaw => weixin::Empty {
        /// The text.
        text: String = "text" required(impl Into<String>) [raw required];
        /// Its title.
        title: String = "title" required(impl Into<String>) [part required];
    }
    method: POST,
    body: raw,
    path: "/text",
}

fn main() {}
