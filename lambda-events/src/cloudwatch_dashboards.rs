//! Requests of dashboards of Amazon CloudWatch to a function that makes a custom widget.
//!
//! Source: [Custom widgets](https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/add_custom_widget_dashboard_about.html).

use crate::{Int, Json, Map, Str, value::Millis};

event! {
    /// A request for what a widget shows, or for how it is used.
    ///
    /// The parameters of the widget stand beside the context, and are found in `other`. The answer is HTML as a string, any
    /// other JSON, or a [`Markdown`].
    ///
    /// ```
    /// use lambda_events::cloudwatch_dashboards::CustomWidget;
    ///
    /// let json = r#"{"service":"orders","widgetContext":{"theme":"dark","width":588,"height":369}}"#;
    /// let event: CustomWidget<'_> = serde_json::from_str(json)?;
    /// assert_eq!(event.other["service"].as_str(), Some("orders"));
    /// assert_eq!(event.widget_context.width, Some(588.into()));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct CustomWidget<'a> {
        /// Whether the function is asked how it is used, which it answers in Markdown.
        describe: Option<bool> = "describe";
        /// The dashboard and its user.
        widget_context: WidgetContext<'a> = "widgetContext";
    }

    /// The dashboard and its user.
    pub struct WidgetContext<'a> {
        /// The name of the dashboard.
        dashboard_name: Option<Str<'a>> = "dashboardName";
        /// The id of the widget in the dashboard.
        widget_id: Option<Str<'a>> = "widgetId";
        /// The account.
        account_id: Option<Str<'a>> = "accountId";
        /// The user's language.
        locale: Option<Str<'a>> = "locale";
        /// The time zone in which the dashboard shows times.
        timezone: Timezone<'a> = "timezone";
        /// The period of its graphs, in seconds.
        period: Option<Int> = "period";
        /// Whether the period follows from the range of time.
        is_auto_period: Option<bool> = "isAutoPeriod";
        /// The range of time that it shows.
        time_range: TimeRange<'a> = "timeRange";
        /// Its colours.
        theme: Option<Theme<'a>> = "theme";
        /// Whether zooming into one graph zooms into all.
        link_charts: Option<bool> = "linkCharts";
        /// The title of the widget.
        title: Option<Str<'a>> = "title";
        /// What the user has filled in.
        forms: Forms<'a> = "forms";
        /// The parameters of the widget.
        params: Map<'a, Json<'a>> = "params";
        /// The width of the widget, in pixels.
        width: Option<Int> = "width";
        /// The height of the widget, in pixels.
        height: Option<Int> = "height";
    }

    /// A time zone.
    pub struct Timezone<'a> {
        /// `UTC` or `Local`.
        label: Option<Str<'a>> = "label";
        /// Its offset: `+01:00`.
        offset_iso: Option<Str<'a>> = "offsetISO";
        /// Its offset in minutes.
        offset_in_minutes: Option<Int> = "offsetInMinutes";
    }

    /// A range of time.
    pub struct TimeRange<'a> {
        /// Whether it moves with the clock.
        mode: Option<TimeRangeMode<'a>> = "mode";
        /// Its beginning.
        start: Option<Millis> = "start";
        /// Its end.
        end: Option<Millis> = "end";
        /// How long before the present it begins, in milliseconds.
        relative_start: Option<Int> = "relativeStart";
        /// The part into which the user has zoomed.
        zoom: Option<Zoom<'a>> = "zoom";
    }

    /// The part of a range of time into which the user has zoomed.
    pub struct Zoom<'a> {
        /// Its beginning.
        start: Option<Millis> = "start";
        /// Its end.
        end: Option<Millis> = "end";
    }

    /// What a user has filled in.
    pub struct Forms<'a> {
        /// The fields of all forms by name.
        all: Map<'a, Json<'a>> = "all";
    }

    /// What a widget shows, in Markdown.
    ///
    /// ```
    /// use lambda_events::cloudwatch_dashboards::Markdown;
    ///
    /// let response = Markdown { markdown: "# Orders".into(), ..Markdown::default() };
    /// assert_eq!(serde_json::to_string(&response)?, r##"{"markdown":"# Orders"}"##);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct Markdown<'a> {
        /// The text.
        markdown: Str<'a> = "markdown", required;
    }
}

open_enum! {
    /// The colours of a dashboard.
    pub enum Theme<'a> {
        /// Dark on light.
        Light = "light",
        /// Light on dark.
        Dark = "dark",
    }

    /// Whether a range of time moves with the clock.
    pub enum TimeRangeMode<'a> {
        /// It does.
        Relative = "relative",
        /// It does not.
        Absolute = "absolute",
    }
}
