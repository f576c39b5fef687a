# Grafana with its data source and the dashboard. They are copied into the image, independent of the checkout's permissions.
ARG GRAFANA_VERSION=12.1.1
FROM grafana/grafana:$GRAFANA_VERSION
USER root
COPY docker/observability/grafana/datasource.yaml /etc/grafana/provisioning/datasources/wallet.yaml
COPY docker/observability/grafana/dashboards.yaml /etc/grafana/provisioning/dashboards/wallet.yaml
COPY docker/observability/dashboard.json /etc/wallet/dashboard.json
RUN chmod 644 /etc/grafana/provisioning/datasources/wallet.yaml /etc/grafana/provisioning/dashboards/wallet.yaml \
    /etc/wallet/dashboard.json && chmod 755 /etc/wallet
USER 472
