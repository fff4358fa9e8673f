package dev.slipway.registry;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import javax.net.ssl.X509TrustManager;

/** Whose word is taken for who a registry is. */
final class Trust {
  private static final Pattern CERTIFICATE =
      Pattern.compile("-----BEGIN CERTIFICATE-----([^-]*)-----END CERTIFICATE-----");

  private Trust() {}

  /** Trusts the authorities of {@code settings}, and those for this registry alone. */
  static SSLContext context(RegistrySettings settings, String domain) throws IOException {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, managers(settings, domain), new SecureRandom());
      return context;
    } catch (GeneralSecurityException e) {
      throw new IOException("TLS cannot be set up: " + BodyStream.message(e), e);
    }
  }

  /** The authorities that this registry has of its own. */
  static List<Path> own(RegistrySettings settings, String domain) throws IOException {
    List<Path> files = new ArrayList<>();
    for (Path folder : settings.certificateFolders()) {
      Path certificates = folder.resolve(domain);
      if (Files.isDirectory(certificates)) {
        try (DirectoryStream<Path> found = Files.newDirectoryStream(certificates, "*.crt")) {
          found.forEach(files::add);
        }
      }
    }
    return files;
  }

  private static TrustManager[] managers(RegistrySettings settings, String domain)
      throws IOException, GeneralSecurityException {
    if (!settings.tlsVerify()) {
      return new TrustManager[] {new Everybody()};
    }
    List<Path> own = own(settings, domain);
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    if (settings.certificates().isEmpty() && own.isEmpty()) {
      factory.init((KeyStore) null);
      return factory.getTrustManagers();
    }
    List<Certificate> trusted = new ArrayList<>();
    Optional<Path> bundle = settings.certificates();
    if (bundle.isPresent()) {
      trusted.addAll(read(bundle.get()));
    } else {
      factory.init((KeyStore) null);
      for (TrustManager manager : factory.getTrustManagers()) {
        if (manager instanceof X509TrustManager known) {
          trusted.addAll(List.of(known.getAcceptedIssuers()));
        }
      }
    }
    for (Path file : own) {
      trusted.addAll(read(file));
    }
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    for (int i = 0; i < trusted.size(); i++) {
      store.setCertificateEntry("authority-" + i, trusted.get(i));
    }
    factory.init(store);
    return factory.getTrustManagers();
  }

  /** The certificates of a file in PEM form (RFC 7468); what is between them is passed over. */
  private static List<Certificate> read(Path file) throws IOException {
    String text = Files.readString(file, StandardCharsets.ISO_8859_1);
    List<Certificate> certificates = new ArrayList<>();
    try {
      CertificateFactory factory = CertificateFactory.getInstance("X.509");
      Matcher blocks = CERTIFICATE.matcher(text);
      while (blocks.find()) {
        byte[] bytes = Base64.getMimeDecoder().decode(blocks.group(1));
        certificates.add(factory.generateCertificate(new ByteArrayInputStream(bytes)));
      }
    } catch (CertificateException | IllegalArgumentException e) {
      throw new IOException(
          "%s: expected certificates in PEM form: %s".formatted(file, BodyStream.message(e)), e);
    }
    if (certificates.isEmpty()) {
      throw new IOException(file + ": expected certificates in PEM form, found none");
    }
    return certificates;
  }

  /** Takes anybody's word, for any host: extended, so that the JDK adds no check of its own. */
  private static final class Everybody extends X509ExtendedTrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
