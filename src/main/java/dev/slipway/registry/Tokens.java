package dev.slipway.registry;

import dev.slipway.http.client.Origin;
import dev.slipway.http.client.Redacted;
import dev.slipway.oci.ImageException;
import dev.slipway.oci.JsonNumber;
import dev.slipway.oci.JsonObject;
import dev.slipway.oci.JsonString;
import dev.slipway.oci.RepositoryName;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpHeaders;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedSet;
import org.jspecify.annotations.Nullable;

/**
 * What one registry is shown to prove who is asking: nothing until it asks for it, then a password
 * (RFC 7617) or tokens (distribution, "Token Authentication Specification" and "OAuth 2 Token
 * Authentication"), which are fetched again when they expire.
 */
final class Tokens {
  /** What the specification says of tokens that do not say how long they are good. */
  private static final Duration DEFAULT_LIFE = Duration.ofSeconds(60);

  /** A token that is good only for less is as good as none. */
  private static final Duration MARGIN = Duration.ofSeconds(10);

  private static final String CLIENT = "slipway";

  private final String domain;
  private final Registry registry;
  private final RegistrySettings settings;
  private final Map<List<Scope>, Token> known = new HashMap<>();
  private final Map<String, Credentials> credentials = new HashMap<>();
  private @Nullable Challenge challenge;

  private record Token(String authorization, Instant expires) {
    @Override
    public String toString() {
      return "Token[…]";
    }
  }

  Tokens(String domain, Registry registry, RegistrySettings settings) {
    this.domain = domain;
    this.registry = registry;
    this.settings = settings;
  }

  /**
   * What to show for this; empty for nothing.
   *
   * @throws IOException if no token can be had
   */
  synchronized String authorization(List<Scope> scopes) throws IOException {
    if (challenge == null) {
      return "";
    }
    if (credentials(scopes) instanceof Credentials.RegistryToken(var token)) {
      return "Bearer " + token;
    }
    if (challenge.scheme().equals("basic")) {
      return credentials(scopes) instanceof Credentials.Password password ? password.basic() : "";
    }
    Token token = known.get(scopes);
    if (token == null || !settings.http().clock().instant().isBefore(token.expires())) {
      token = fetch(challenge, scopes);
      known.put(scopes, token);
    }
    return token.authorization();
  }

  /**
   * Takes note of how the registry wants to be convinced.
   *
   * @param shown what it was shown and did not like, perhaps nothing
   * @return whether something else can be shown now
   */
  synchronized boolean challenged(HttpHeaders headers, List<Scope> scopes, String shown)
      throws IOException {
    List<Challenge> challenges = Challenge.parse(headers.allValues("WWW-Authenticate"));
    Challenge chosen = null;
    for (Challenge each : challenges) {
      boolean usable =
          each.scheme().equals("bearer")
              ? each.parameter("realm").isPresent()
              : each.scheme().equals("basic");
      if (usable && (chosen == null || chosen.scheme().equals("basic"))) {
        chosen = each;
      }
    }
    if (chosen == null) {
      return false;
    }
    challenge = chosen;
    Token token = known.get(scopes);
    if (token != null && token.authorization().equals(shown)) {
      known.remove(scopes);
    }
    return !authorization(scopes).equals(shown);
  }

  private Credentials credentials(List<Scope> scopes) throws IOException {
    if (scopes.isEmpty()) {
      return new Credentials.Anonymous();
    }
    String path = scopes.getFirst().path();
    Credentials found = credentials.get(path);
    if (found == null) {
      found = settings.credentials().find(new RepositoryName(domain, path));
      credentials.put(path, found);
    }
    return found;
  }

  private Token fetch(Challenge wanted, List<Scope> scopes) throws IOException {
    URI realm = realm(wanted);
    Credentials credentials = credentials(scopes);
    if (settings.http().tlsVerify()
        && !Origin.of(realm).isEncrypted()
        && !(credentials instanceof Credentials.Anonymous)) {
      throw new ImageException(
          "%s: would have credentials sent to %s, which is not encrypted"
              .formatted(domain, Redacted.uri(realm)));
    }
    SequencedSet<String> wants = new LinkedHashSet<>();
    scopes.forEach(scope -> wants.add(scope.toString()));
    wanted.parameter("scope").ifPresent(scope -> wants.addAll(List.of(scope.split(" ", -1))));
    Call call =
        credentials instanceof Credentials.IdentityToken(var token)
            ? exchange(realm, wanted, wants, token)
            : request(realm, wanted, wants, credentials);
    String shown = credentials instanceof Credentials.Password password ? password.basic() : "";
    byte[] answer = Registry.document(registry.sendForToken(call, shown), realm);
    return token(answer, Redacted.uri(realm).toString());
  }

  private URI realm(Challenge wanted) throws IOException {
    String text = wanted.parameter("realm").orElse("");
    try {
      URI realm = URI.create(text);
      String scheme = Origin.of(realm).scheme();
      if (realm.getHost() != null && (scheme.equals("https") || scheme.equals("http"))) {
        return realm;
      }
    } catch (IllegalArgumentException _) {
      // Said below.
    }
    throw new ImageException(domain + ": asks for tokens from a realm that is no address");
  }

  /** How tokens are asked for with a password, or by nobody in particular. */
  private static Call request(
      URI realm, Challenge wanted, SequencedSet<String> scopes, Credentials credentials) {
    List<String> fields = new ArrayList<>();
    if (credentials instanceof Credentials.Password(var user, _)) {
      fields.add(field("account", user));
    }
    wanted.parameter("service").ifPresent(service -> fields.add(field("service", service)));
    scopes.forEach(scope -> fields.add(field("scope", scope)));
    String query = realm.getRawQuery() == null ? "?" : "?" + realm.getRawQuery() + "&";
    String base = realm.toString().replaceFirst("[?#].*", "");
    return Call.of("GET", URI.create(base + query + String.join("&", fields)));
  }

  /** How an identity token is exchanged for another. */
  private static Call exchange(
      URI realm, Challenge wanted, SequencedSet<String> scopes, String token) {
    List<String> fields = new ArrayList<>();
    fields.add(field("grant_type", "refresh_token"));
    fields.add(field("service", wanted.parameter("service").orElse("")));
    fields.add(field("client_id", CLIENT));
    fields.add(field("scope", String.join(" ", scopes)));
    fields.add(field("refresh_token", token));
    byte[] form = String.join("&", fields).getBytes(StandardCharsets.US_ASCII);
    return Call.of("POST", realm)
        .with("Content-Type", "application/x-www-form-urlencoded")
        .sending(new Call.Body.Document(form));
  }

  private static String field(String name, String value) {
    return name + "=" + URLEncoder.encode(value, StandardCharsets.UTF_8);
  }

  private Token token(byte[] answer, String where) throws IOException {
    if (!(SecretJson.parse(answer, where) instanceof JsonObject json)) {
      throw new ImageException(where + ": expected an object with a token");
    }
    String text =
        text(json, "token")
            .or(() -> text(json, "access_token"))
            .orElseThrow(() -> new ImageException(where + ": expected a token, found none"));
    if (!text.chars().allMatch(c -> c > ' ' && c <= '~')) {
      throw new ImageException(where + ": expected a token of visible ASCII characters");
    }
    Duration life = DEFAULT_LIFE;
    if (json.get("expires_in") instanceof JsonNumber number
        && number.isInteger()
        && number.literal().length() < 10) {
      life = Duration.ofSeconds(number.integer().longValueExact());
    }
    Duration used = life.compareTo(MARGIN.multipliedBy(2)) > 0 ? life.minus(MARGIN) : life;
    return new Token("Bearer " + text, settings.http().clock().instant().plus(used));
  }

  private static Optional<String> text(JsonObject json, String key) {
    return json.get(key) instanceof JsonString string && !string.value().isEmpty()
        ? Optional.of(string.value())
        : Optional.empty();
  }
}
