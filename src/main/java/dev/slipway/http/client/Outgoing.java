package dev.slipway.http.client;

import java.net.http.HttpRequest.BodyPublisher;
import java.util.Map;

/** Something that is asked of a server. */
public interface Outgoing {
  /** What is done. */
  String method();

  /** What else to say. */
  Map<String, String> headers();

  /** What is sent along. */
  Body body();

  /** What is sent with a request. */
  interface Body {
    /** For one sending. */
    BodyPublisher publisher();

    /** How much has been sent so far, in bytes, to see whether it goes on. */
    default long sent() {
      return 0;
    }
  }
}
