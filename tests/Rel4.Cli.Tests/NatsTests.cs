using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Rel4.Cli.Tests;

/// <summary>Makes keys, users and a server for systems on several machines.</summary>
public sealed class NatsTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("rel4-cli-nats-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Key_OfAFile_IsMadeOnceForItsOwnerAlone()
    {
        string file = PathOf("a.nk");

        string key = await RunAsync("nats", "key", file), again = await RunAsync("nats", "key", file);

        Assert.Matches(@"^U[A-Z2-7]{55}\n\z", key);
        Assert.Equal(key, again);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        Assert.Matches(@"^SU[A-Z2-7]{56}\n\z", await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken));
        Assert.Equal($"rel4: '{PathOf("b")}' holds no seed of an NKey user. Make one by 'rel4 nats key {PathOf("b")}'.\n", await RefuseAsync("nats", "key", Write("b", "hello")));
    }

    [Fact]
    public async Task Users_OfASystem_MayDoWhatItsGrantsSay()
    {
        (string store, _) = await WriteSystemsAsync();

        string users = await RunAsync("nats", "users", store);

        Assert.StartsWith($"# What users may do, as 'rel4 nats users {store}' writes it.", users, StringComparison.Ordinal);
        string importer = (await RunAsync("nats", "key", PathOf("gateway.nk"))).Trim();
        Assert.Contains($"nkey: {importer}\n", users, StringComparison.Ordinal);
        Assert.Contains("publish: { allow: [\"shop.store.@gateway\", \"shop.store.@gateway.*\"] }, subscribe: { allow: [\"_INBOX.shop.store.@gateway.>\"] }", users, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_OfSystemsThatFit_SaysSo()
    {
        (string store, string gateway) = await WriteSystemsAsync();

        Assert.Equal("1 imports, 1 exports: they fit\n", await RunAsync("nats", "check", store, gateway));
    }

    /// <summary>A change of the importing file, or of a second exporter's, and what is said of it.</summary>
    [Theory]
    [InlineData("gateway", "shop.store", "shop.stores", "nats, import 'store': no file given exports 'shop.stores'. Name the file of the system that does, or one of 'shop.store'.")]
    [InlineData("gateway", "\"grant\": \"gateway\"", "\"grant\": \"door\"", "nats, import 'store': nobody who exports 'shop.store' has a grant 'door'. Add it there, with the key U")]
    [InlineData("gateway", "gateway.nk", "store.nk", "nats, import 'store': its key is U")]
    [InlineData("gateway", "\"keyFile\"", "\"atLeastOnce\": true, \"keyFile\"", "nats, import 'store': it is delivered at least once, and what is exported at most once. Write the same 'atLeastOnce' in both.")]
    [InlineData("gateway", "\"keyFile\"", "\"notification\": true, \"keyFile\"", "nats, import 'store': it is a notification, and what is exported an endpoint. Import what is exported ('notification').")]
    [InlineData("store", "\"badge\": 7", "\"badge\": 8", "nats, export 'shop.store', grant 'gateway': its badge is 8, and in FIRST 7. Give it one badge in all systems that export the subject.")]
    [InlineData("store", "\"key\": \"", "\"key\": \"UBAD", "nats, export 'shop.store', grant 'gateway': FIRST has another key for it. Give it one key in all systems that export the subject, or another name.")]
    [InlineData("store", "\"keyFile\"", "\"atLeastOnce\": true, \"keyFile\"", "nats, export 'shop.store': it is delivered at least once, and in FIRST at most once. Write the same 'atLeastOnce' in both.")]
    [InlineData("store", "\"shop.store\": { \"object\": \"requests\"", "\"shop.store\": { \"object\": \"changed\"", "nats, export 'shop.store': it is a notification, and in FIRST an endpoint. Export the same, or another subject.")]
    [InlineData("store", "store.nk", "gateway.nk", "nats, export 'shop.store', grant 'gateway': its key is the exporter's own, so who has it could also answer the others' calls. Make each a key of its own ('rel4 nats key FILE').")]
    public async Task Check_OfSystemsThatMeanDifferentThings_SaysWhich(string which, string from, string to, string message)
    {
        (string store, string gateway) = await WriteSystemsAsync();
        string text = await File.ReadAllTextAsync(which == "store" ? store : gateway, TestContext.Current.CancellationToken);
        Assert.Contains(from, text, StringComparison.Ordinal);
        text = text.Replace(from, to, StringComparison.Ordinal);
        if (to.EndsWith("UBAD", StringComparison.Ordinal))
            text = System.Text.RegularExpressions.Regex.Replace(text, "UBAD(U[A-Z2-7]{51})[A-Z2-7]{4}", "$1AAAA");

        string changed = Write("changed.json", text), error = await RefuseAsync("nats", "check", store, changed);

        Assert.Contains($"rel4: {changed}, {message.Replace("FIRST", store, StringComparison.Ordinal)}", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Users_OfAKeyThatIsMistyped_AreNotWritten()
    {
        (string store, _) = await WriteSystemsAsync();
        string key = (await RunAsync("nats", "key", PathOf("gateway.nk"))).Trim(), mistyped = $"{key[..^4]}AAAA";
        await File.WriteAllTextAsync(
            store, (await File.ReadAllTextAsync(store, TestContext.Current.CancellationToken)).Replace(key, mistyped, StringComparison.Ordinal), TestContext.Current.CancellationToken);

        string error = await RefuseAsync("nats", "users", store, "-o", PathOf("users.conf"));

        Assert.Equal($"rel4: nats, export 'shop.store', grant 'gateway': '{mistyped}' is no public key: its checksum is wrong. Give what 'rel4 nats key FILE' prints.\n", error);
        Assert.False(File.Exists(PathOf("users.conf")));
    }

    [Fact]
    public async Task Users_OfNothingThatIsExported_AreRefused()
    {
        (string store, string gateway) = await WriteSystemsAsync();
        string alone = Write("alone.json", """{ "tasks": { "a": { "program": "a.dll" } } }""");

        Assert.Equal($"rel4: {gateway}: nothing is exported, so there is no user. Name the files of the systems that export.\n", await RefuseAsync("nats", "users", gateway));
        Assert.Equal($"rel4: {alone} exports and imports nothing: it has no 'nats'. docs/nats.md says how to write it.\n", await RefuseAsync("nats", "users", store, alone));
        Assert.Equal("rel4: --reload needs --output: the server reads the file that it includes.\n", await RefuseAsync("nats", "users", store, "--reload", "1"));
        foreach (string stranger in (string[])["no-such.pid", $"{Environment.ProcessId}"])
        {
            Assert.Equal(
                $"rel4: {stranger} is no nats-server that runs, so none was told. Give its process, or its pid_file.\n",
                await RefuseAsync("nats", "users", store, "-o", PathOf("users.conf"), "--reload", stranger));
        }
        (_, _, string error) = await Rel4Command.RunWithoutProgramsAsync("nats", "check", store, gateway);
        Assert.Equal("rel4: nats-server is not installed. Get it (apt-get install nats-server).\n", error);
    }

    [Fact]
    public async Task Serve_UntilCtrlC_HasTheUsersOfTheFilesAndReadsThemAnew()
    {
        int port = FreePort();
        (string store, string gateway) = await WriteSystemsAsync(port);
        await using Rel4Command server = Rel4Command.Start("nats", "serve", store, gateway);
        await server.WaitForErrorAsync("Server is ready");
        Assert.StartsWith($"rel4: nats://127.0.0.1:{port}; Ctrl-C stops it. When a file has changed: rel4 nats users {store} {gateway} -o ", server.Error, StringComparison.Ordinal);
        string[] command = server.Error.Split('\n')[0].Split(": rel4 ")[1].Split(' ');
        Assert.Contains("JetStream", server.Error, StringComparison.Ordinal);

        await RunAsync(command);
        await server.WaitForErrorAsync("Reloaded server configuration");
        await server.InterruptAsync();

        Assert.True(await server.WaitForEndAsync() == 0, server.Error);
        Assert.False(Directory.Exists(Path.GetDirectoryName(command[^1])));
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        Assert.Equal(SocketError.ConnectionRefused, Assert.Throws<SocketException>(() => socket.Connect(IPAddress.Loopback, port)).SocketErrorCode);
    }

    [Fact]
    public async Task Serve_WhereItCant_SaysWhy()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        (string store, string gateway) = await WriteSystemsAsync();
        string secured = Write("secured.json", (await File.ReadAllTextAsync(gateway, TestContext.Current.CancellationToken)).Replace("nats://", "tls://", StringComparison.Ordinal));

        Assert.Contains(
            "rel4: nats-server has ended: exit code 1.", await RefuseAsync("nats", "serve", store, "--port", ((IPEndPoint)taken.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture)), StringComparison.Ordinal);
        Assert.StartsWith("rel4: This server has no certificate, and a system wants tls://127.0.0.1:4222. ", await RefuseAsync("nats", "serve", store, secured), StringComparison.Ordinal);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static async Task<string> RunAsync(params string[] arguments)
    {
        (int exitCode, string output, string error) = await Rel4Command.RunAsync(arguments);
        Assert.Equal((0, ""), (exitCode, error));
        return output;
    }

    private static async Task<string> RefuseAsync(params string[] arguments)
    {
        (int exitCode, string output, string error) = await Rel4Command.RunAsync(arguments);
        Assert.Equal((1, ""), (exitCode, output));
        return error;
    }

    private async Task<(string Store, string Gateway)> WriteSystemsAsync(int port = 4222)
    {
        await RunAsync("nats", "key", PathOf("store.nk"));
        string key = (await RunAsync("nats", "key", PathOf("gateway.nk"))).Trim();
        string store = Write("store.json", $$"""
            {
              "endpoints": ["requests"], "notifications": ["changed"],
              "tasks": { "store": { "program": "store.dll", "grants": { "requests": { "object": "requests", "rights": ["read", "grant"] } } } },
              "nats": {
                "servers": ["nats://127.0.0.1:{{port}}"],
                "exports": { "shop.store": { "object": "requests", "keyFile": "store.nk", "grants": { "gateway": { "key": "{{key}}", "badge": 7 } } } }
              }
            }
            """);
        string gateway = Write("gateway.json", $$"""
            {
              "tasks": {},
              "nats": {
                "servers": ["nats://127.0.0.1:{{port}}"],
                "imports": { "store": { "subject": "shop.store", "grant": "gateway", "keyFile": "gateway.nk" } }
              }
            }
            """);
        return (store, gateway);
    }

    private string PathOf(string name) => Path.Combine(_folder.FullName, name);

    private string Write(string name, string text)
    {
        File.WriteAllText(PathOf(name), text);
        return PathOf(name);
    }
}
