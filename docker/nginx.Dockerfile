# nginx with its configuration, which is thus in force when a container of it serves, and can be read by its user
# whatever the umask of the checkout.
FROM nginx:1.22
COPY nginx /etc/nginx/wallet
RUN chmod -R a+rX /etc/nginx/wallet
USER nginx
# Until the requests under way are answered.
STOPSIGNAL SIGQUIT
ENTRYPOINT ["/etc/nginx/wallet/start.sh"]
CMD []
