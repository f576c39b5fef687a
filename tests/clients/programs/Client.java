import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;

/** METHOD URL [KEY]: sends one request, a deposit of 1.00 if it is a POST, and prints the response's status, or "error".
 * TOKEN is the engine's key, if it takes one. */
public class Client {
    public static void main(String[] arguments) throws Exception {
        var deposit = BodyPublishers.ofString("{\"operationType\":\"DEPOSIT\",\"amount\":\"1.00\"}");
        var body = arguments[0].equals("GET") ? BodyPublishers.noBody() : deposit;
        var request = HttpRequest.newBuilder(URI.create(arguments[1]))
                .header("Content-Type", "application/json")
                .method(arguments[0], body);
        if (arguments.length > 2) {
            request.header("Idempotency-Key", arguments[2]);
        }
        var token = System.getenv().getOrDefault("TOKEN", "");
        if (!token.isEmpty()) {
            request.header("Authorization", "Bearer " + token);
        }
        try {
            var response = HttpClient.newHttpClient().send(request.build(), BodyHandlers.ofString());
            System.out.println(response.statusCode());
        } catch (IOException error) {
            System.out.println("error");
            System.err.println(error);
        }
    }
}
