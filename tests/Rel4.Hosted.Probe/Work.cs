using System.Globalization;
using System.IO.Compression;
using System.IO.MemoryMappedFiles;
using System.Linq.Expressions;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace Rel4.Hosted.Probe;

/// <summary>Does what ordinary .NET programs do, to see that a sandbox leaves it alone.</summary>
internal static class Work
{
    public static IEnumerable<string> Run()
    {
        yield return $"threads {Parallel.For(0, 64, _ => Thread.SpinWait(100)).IsCompleted}";
        yield return $"tasks {Task.Run(async () => { await Task.Delay(1); return 1; }).GetAwaiter().GetResult()}";
        GC.Collect();
        yield return $"collections {GC.CollectionCount(2) > 0}";
        string file = Path.GetTempFileName();
        File.WriteAllText(file, "text");
        File.Copy(file, file + ".copy");
        File.Move(file + ".copy", file + ".moved");
        yield return $"files {File.ReadAllText(file + ".moved")}";
        using (MemoryMappedFile map = MemoryMappedFile.CreateNew(null, 4096))
        using (MemoryMappedViewAccessor view = map.CreateViewAccessor())
        {
            view.Write(0, 7);
            yield return $"memory {view.ReadInt32(0).ToString(CultureInfo.InvariantCulture)}";
        }

        yield return $"zones {TimeZoneInfo.FindSystemTimeZoneById("UTC").Id}";
        yield return $"compiled {Expression.Lambda<Func<int>>(Expression.Constant(3)).Compile()()}";
        yield return $"user {Environment.UserName.Length >= 0}";
        yield return $"random {Guid.NewGuid() != Guid.Empty}";
        yield return $"hashes {SHA256.HashData([1])[0]}";
        byte[] signed = [1];
        using (var key = ECDsa.Create(ECCurve.NamedCurves.nistP256))
            yield return $"signatures {key.VerifyData(signed, key.SignData(signed, HashAlgorithmName.SHA256), HashAlgorithmName.SHA256)}";
        using (var packed = new MemoryStream())
        {
            using (var writer = new BrotliStream(packed, CompressionLevel.Fastest, leaveOpen: true))
                writer.Write(new byte[1000]);
            yield return $"compression {packed.Length < 1000}";
        }

        using (var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(1)))
            yield return $"timers {timer.WaitForNextTickAsync().AsTask().GetAwaiter().GetResult()}";
        yield return $"listing {new DirectoryInfo(Path.GetTempPath()).EnumerateFileSystemInfos().Any()}";
        using (var file2 = new FileStream(file, FileMode.Create, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.Asynchronous | FileOptions.DeleteOnClose))
        {
            file2.SetLength(10);
            file2.WriteAsync(new byte[10]).AsTask().GetAwaiter().GetResult();
            file2.Flush(flushToDisk: true);
            yield return $"streams {file2.Length}";
        }

        // Enough rounds for code to be compiled a second time.
        int sum = 0;
        for (int round = 0; round < 100; round++)
            sum += Enumerable.Range(0, 1000).Where(number => number % 2 == 0).Count();
        Thread.Sleep(150);
        yield return $"tiers {sum}";
    }

    /// <summary>Does what programs with the network do.</summary>
    public static IEnumerable<string> RunNetwork()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var client = new TcpClient { NoDelay = true };
        Task<TcpClient> accepting = listener.AcceptTcpClientAsync();
        client.ConnectAsync((IPEndPoint)listener.LocalEndpoint).GetAwaiter().GetResult();
        using TcpClient server = accepting.GetAwaiter().GetResult();
        client.GetStream().WriteAsync(new byte[] { 5 }).AsTask().GetAwaiter().GetResult();
        yield return $"tcp {server.GetStream().ReadByte()}";
        using var datagrams = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
        datagrams.Send([6], (IPEndPoint)datagrams.Client.LocalEndPoint!);
        var from = new IPEndPoint(IPAddress.Any, 0);
        yield return $"udp {datagrams.Receive(ref from)[0]}";
        yield return $"names {Dns.GetHostAddresses("localhost").Length > 0}";
        yield return $"interfaces {NetworkInterface.GetAllNetworkInterfaces().Length > 0}";
    }
}
