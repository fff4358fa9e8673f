package dev.slipway.http.client;

import dev.slipway.oci.ImageException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Files of certificates, as OpenSSL has them. */
public final class Certificates {
  private static final Pattern CERTIFICATE =
      Pattern.compile("-----BEGIN CERTIFICATE-----([^-]*)-----END CERTIFICATE-----");

  private Certificates() {}

  /**
   * The certificates of a file in PEM form (RFC 7468), at least one; what is between them is passed
   * over.
   *
   * @throws ImageException if it holds none, or a damaged one
   * @throws IOException if it cannot be read
   */
  public static List<Certificate> read(Path file) throws IOException {
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
      throw new ImageException(
          "%s: expected certificates in PEM form: %s".formatted(file, BodyStream.message(e)), e);
    }
    if (certificates.isEmpty()) {
      throw new ImageException(file + ": expected certificates in PEM form, found none");
    }
    return certificates;
  }
}
