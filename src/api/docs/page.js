// Deferred, so the page is there, and the bundle has run. The address is relative: a proxy may serve it all elsewhere.
SwaggerUIBundle({
    url: "../schema/",
    dom_id: "#swagger-ui",
    deepLinking: true,
    presets: [SwaggerUIBundle.presets.apis],
    layout: "BaseLayout",
    validatorUrl: null,
});
