# A node of the distributed database: PostgreSQL with Citus, and its start (docker/citus.sh), which is copied, independent of
# the checkout's permissions. 13.2 is for PostgreSQL 15 to 17, 14.0 for 16 to 18; 13.2.0 has PostgreSQL 17.
ARG CITUS_VERSION=13.2.0
FROM citusdata/citus:${CITUS_VERSION}
USER root
COPY docker/citus.sh /usr/local/bin/start-citus
RUN chmod 755 /usr/local/bin/start-citus && install -d -o postgres -g postgres -m 750 /var/lib/postgresql/nodes
USER postgres
ENTRYPOINT ["start-citus"]
CMD []
