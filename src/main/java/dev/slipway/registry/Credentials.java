package dev.slipway.registry;

import dev.slipway.http.client.BasicCredentials;

/** What proves to a registry who is asking. None of it is ever shown. */
public sealed interface Credentials {
  /** Nobody in particular. */
  record Anonymous() implements Credentials {}

  /**
   * A user.
   *
   * @param user the user's name
   * @param password the password, or a token in its place
   */
  record Password(String user, String password) implements Credentials {
    /** The value of an {@code Authorization} header (RFC 7617). */
    String basic() {
      return BasicCredentials.header(user, password);
    }

    @Override
    public String toString() {
      return "Password[…]";
    }
  }

  /**
   * What a server of tokens takes for tokens: an OAuth 2 refresh token.
   *
   * @param token the token
   */
  record IdentityToken(String token) implements Credentials {
    @Override
    public String toString() {
      return "IdentityToken[…]";
    }
  }

  /**
   * What the registry itself takes.
   *
   * @param token the token
   */
  record RegistryToken(String token) implements Credentials {
    @Override
    public String toString() {
      return "RegistryToken[…]";
    }
  }

  /**
   * Reads {@code USER:PASSWORD}, split at the first colon: passwords may have more of them.
   *
   * @throws IllegalArgumentException if there is no colon, or no user before it
   */
  static Password parse(String text) {
    int colon = text.indexOf(':');
    if (colon < 1) {
      throw new IllegalArgumentException("expected credentials as USER:PASSWORD");
    }
    return new Password(text.substring(0, colon), text.substring(colon + 1));
  }
}
