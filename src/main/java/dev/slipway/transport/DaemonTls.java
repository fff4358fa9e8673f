package dev.slipway.transport;

import dev.slipway.http.client.Certificates;
import dev.slipway.http.client.ClientKey;
import dev.slipway.http.client.Everybody;
import dev.slipway.oci.ImageException;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.util.Optional;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;

/**
 * How a daemon and its client prove to each other who they are, in files of the PEM format as
 * Docker's client has them.
 *
 * @param authority the certificates of those that vouch for the daemon; those that this machine
 *     trusts if empty
 * @param identity who the client is, if the daemon asks
 * @param verify whether the daemon must be who it should be
 */
public record DaemonTls(Optional<Path> authority, Optional<Identity> identity, boolean verify) {
  /** With the authorities that this machine trusts. */
  public static final DaemonTls OF_THIS_MACHINE =
      new DaemonTls(Optional.empty(), Optional.empty(), true);

  /**
   * A client.
   *
   * @param certificate its certificate, perhaps followed by those that vouch for it
   * @param key its private key
   */
  public record Identity(Path certificate, Path key) {}

  /**
   * What connections are made with.
   *
   * @throws ImageException if a file is not what it should be
   * @throws IOException if one cannot be read
   */
  SSLContext context() throws IOException {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      TrustManager[] trusted = null;
      if (!verify) {
        trusted = new TrustManager[] {new Everybody()};
      } else if (authority.isPresent()) {
        KeyStore store = emptyStore();
        int number = 0;
        for (Certificate certificate : Certificates.read(authority.get())) {
          store.setCertificateEntry("authority " + number++, certificate);
        }
        TrustManagerFactory factory =
            TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(store);
        trusted = factory.getTrustManagers();
      }
      context.init(
          identity.isPresent() ? managers(identity.get()).getKeyManagers() : null, trusted, null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IOException("TLS cannot be set up: " + e.getMessage(), e);
    }
  }

  private static KeyManagerFactory managers(Identity identity)
      throws IOException, GeneralSecurityException {
    KeyStore store = emptyStore();
    Certificate[] chain = Certificates.read(identity.certificate()).toArray(Certificate[]::new);
    char[] none = new char[0];
    store.setKeyEntry("client", ClientKey.read(identity.key(), chain[0]), none, chain);
    KeyManagerFactory factory =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    factory.init(store, none);
    return factory;
  }

  private static KeyStore emptyStore() throws IOException, GeneralSecurityException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    return store;
  }
}
