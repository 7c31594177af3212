using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Rel4.Nats.Tests;

/// <summary>Is an authority with the certificate of a server that is called <c>localhost</c> and 127.0.0.1, as files, for as long as a test.</summary>
internal sealed class Authority : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("rel4-authority-").FullName;

    public Authority()
    {
        DateTimeOffset begin = DateTimeOffset.UtcNow.AddDays(-1), end = begin.AddDays(10);
        using var ownKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var own = new CertificateRequest($"CN=authority {Path.GetFileName(_folder)}", ownKey, HashAlgorithmName.SHA256);
        own.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        using X509Certificate2 authority = own.CreateSelfSigned(begin, end);
        using var serverKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var server = new CertificateRequest("CN=server", serverKey, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        server.CertificateExtensions.Add(names.Build());
        using X509Certificate2 certificate = server.Create(authority, begin, end, RandomNumberGenerator.GetBytes(8));
        File.WriteAllText(Certificate, authority.ExportCertificatePem());
        File.WriteAllText(InFolder("server.pem"), certificate.ExportCertificatePem());
        File.WriteAllText(InFolder("server.key"), serverKey.ExportPkcs8PrivateKeyPem());
    }

    /// <summary>Gets the file with the authority's certificate.</summary>
    public string Certificate => InFolder("authority.pem");

    /// <summary>Gets the lines of a server's configuration.</summary>
    public string ServerLines => $"tls {{ cert_file: \"{InFolder("server.pem")}\", key_file: \"{InFolder("server.key")}\" }}";

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string InFolder(string name) => Path.Combine(_folder, name);
}
