package dev.slipway.registry;

import dev.slipway.http.client.StatusException;
import java.net.URI;
import java.util.List;

/** A registry answered with something else than what was asked for. */
public final class RegistryException extends StatusException {
  private static final long serialVersionUID = 1L;

  private final transient List<RegistryError> errors;

  /**
   * An answer to {@code method}.
   *
   * @param uri what was asked for; what follows a question mark is not shown
   * @param errors what the registry says of it, perhaps nothing
   */
  RegistryException(String method, URI uri, int status, List<RegistryError> errors) {
    super(method, uri, status, said(errors));
    this.errors = List.copyOf(errors);
  }

  private static String said(List<RegistryError> errors) {
    StringBuilder said = new StringBuilder();
    for (RegistryError error : errors) {
      said.append(": ").append(error);
    }
    return said.toString();
  }

  /** What the registry says of it. */
  public List<RegistryError> errors() {
    return errors;
  }

  /** Whether it names this error, such as {@code MANIFEST_UNKNOWN}. */
  boolean has(String code) {
    return errors.stream().anyMatch(error -> error.code().equals(code));
  }
}
