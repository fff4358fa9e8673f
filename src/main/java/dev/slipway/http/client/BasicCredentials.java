package dev.slipway.http.client;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/** A user and a password as HTTP has them. None of it is ever shown. */
public final class BasicCredentials {
  private BasicCredentials() {}

  /** The value of an {@code Authorization} header (RFC 7617). */
  public static String header(String user, String password) {
    byte[] pair = (user + ":" + password).getBytes(StandardCharsets.UTF_8);
    return "Basic " + Base64.getEncoder().encodeToString(pair);
  }

  /**
   * The same from the part of an address before its host, in which they are percent-encoded (RFC
   * 3986, section 3.2.1).
   */
  public static String ofUserInfo(String info) {
    int colon = info.indexOf(':');
    String user = colon < 0 ? info : info.substring(0, colon);
    String password = colon < 0 ? "" : info.substring(colon + 1);
    return header(decoded(user), decoded(password));
  }

  private static String decoded(String text) {
    return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
  }
}
