using System.ComponentModel;
using System.Diagnostics;
using System.Security.Cryptography;

namespace Rel4.Cli.Metal;

/// <summary>Debian's package of Bochs, fetched with all it depends on into a folder of the user's.</summary>
/// <remarks>
/// No released Debian has a Bochs whose user interrupts work, so it is taken from the unreleased one, and run by that one's own loader and libraries. apt does the work with a state
/// of its own, so the machine's packages, sources and locks are neither changed nor needed, and nor is root. What was not fetched to the end leaves nothing: all is made in a
/// temporary folder beside, whose new name is the last step.
/// </remarks>
internal sealed class BochsPackage(string folder)
{
    /// <summary>The name of the folder in the cache.</summary>
    public const string FolderName = $"bochs-{Version}";

    private const string Version = "3.1+dfsg-1";
    private const string File256 = $"bochs_{Version}_amd64.deb";
    private const string Sha256 = "fd931f19cf7d018f003841f6625602357d9a37f58d4de117a82d44eb80cf57e2";
    private const string Release = "sid";
    private const string Keyring = "/usr/share/keyrings/debian-archive-keyring.gpg";
    private const string Libraries = "usr/lib/x86_64-linux-gnu";
    private const string Plugins = "usr/lib/x86_64-linux-gnu/bochs/plugins";
    private const string Loader = "ld-linux-x86-64.so.2";
    private const string Binary = "usr/bin/bochs-bin";
    private const string Display = "libbx_term_gui.so";

    private static readonly string[] Packages = [$"bochs={Version}", $"bochs-term={Version}", $"bochsbios={Version}", "vgabios"];

    // A download may take long, but what an earlier one left when it was killed is not in use after this time.
    private static readonly TimeSpan Abandoned = TimeSpan.FromHours(6);

    /// <summary>Gets the program in such a folder.</summary>
    public static BochsProgram ProgramIn(string folder) => new(
        [Path.Combine(folder, "lib", Loader), "--library-path", Path.Combine(folder, "lib"), Path.Combine(folder, Binary)],
        new Dictionary<string, string> { ["LTDL_LIBRARY_PATH"] = Path.Combine(folder, Plugins), ["BXSHARE"] = Path.Combine(folder, "usr/share/bochs") });

    /// <summary>Fetches it.</summary>
    /// <exception cref="EmulatorException">It can't be had here, and why.</exception>
    public async Task FetchAsync(Action<string> onNotice, CancellationToken cancellationToken)
    {
        string temporary = $"{folder}.{Guid.NewGuid():N}.part";
        try
        {
            onNotice($"Fetching Bochs {Version} from Debian {Release} into {folder}: 80 MB, this once.");
            RemoveAbandoned();
            string archives = await DownloadAsync(Directory.CreateDirectory(temporary).FullName, cancellationToken);
            await CheckAsync(Path.Combine(archives, File256), cancellationToken);
            string tree = Path.Combine(temporary, "tree"), kept = Path.Combine(temporary, "kept");
            foreach (string package in Directory.EnumerateFiles(archives, "*.deb"))
                await RunAsync("dpkg-deb", ["--extract", package, tree], cancellationToken);
            await KeepAsync(tree, kept, cancellationToken);
            Publish(kept);
        }
        catch (Win32Exception missing)
        {
            throw Refusal(missing.Message);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw Refusal(failure.Message);
        }
        finally
        {
            if (Directory.Exists(temporary))
                Directory.Delete(temporary, recursive: true);
        }
    }

    /// <summary>Says why there is none, and what to do.</summary>
    private static EmulatorException Refusal(string reason) => new(
        $"Bochs can't be fetched: {OneLine(reason)} Version 3.1 of it, or a later one, is the only emulator that has user interrupts. "
        + $"Name one that you have in {BochsProgram.Setting}, or do without user interrupts: --machine qemu.");

    private static string OneLine(string text)
    {
        string line = string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        return line.EndsWith('.') ? line : $"{line}.";
    }

    private void RemoveAbandoned()
    {
        string parent = Directory.CreateDirectory(Path.GetDirectoryName(folder)!).FullName;
        foreach (string old in Directory.EnumerateDirectories(parent, "*.part").Where(old => Directory.GetLastWriteTimeUtc(old) < DateTime.UtcNow - Abandoned))
            Directory.Delete(old, recursive: true);
    }

    /// <summary>Downloads the packages and returns their folder.</summary>
    private static async Task<string> DownloadAsync(string root, CancellationToken cancellationToken)
    {
        if (!File.Exists(Keyring))
            throw Refusal($"the keys of Debian's archive are missing ({Keyring}, of the package debian-archive-keyring).");
        string mirror = await FindMirrorAsync(cancellationToken);
        foreach (string part in (string[])["state/lists/partial", "cache/archives/partial", "log"])
            Directory.CreateDirectory(Path.Combine(root, part));
        await File.WriteAllTextAsync(Path.Combine(root, "state/status"), "", cancellationToken);
        await File.WriteAllTextAsync(
            Path.Combine(root, "sources.list"), $"deb [arch=amd64 signed-by={Keyring}] {mirror} {Release} main\n", cancellationToken);
        string settings = Path.Combine(root, "apt.conf");
        await File.WriteAllTextAsync(settings, Settings(root), cancellationToken);
        await RunAsync("apt-get", ["--config-file", settings, "update"], cancellationToken);
        await RunAsync("apt-get", ["--config-file", settings, "--yes", "--download-only", "install", .. Packages], cancellationToken);
        return Path.Combine(root, "cache/archives");
    }

    /// <summary>Finds the mirror that this machine's own packages come from.</summary>
    private static async Task<string> FindMirrorAsync(CancellationToken cancellationToken)
    {
        string[] mirrors = await RunAsync("apt-get", ["indextargets", "--format", "$(REPO_URI)", "Created-By: Packages"], cancellationToken);
        return mirrors.FirstOrDefault(mirror => mirror.TrimEnd('/').EndsWith("/debian", StringComparison.Ordinal))
            ?? throw Refusal("apt's sources name no mirror of Debian; on another distribution it can't be fetched.");
    }

    /// <summary>Writes apt's configuration, which is read behind the machine's own: that one's proxy holds, its hooks do not.</summary>
    private static string Settings(string root) => $"""
        Dir::State "{root}/state";
        Dir::State::status "{root}/state/status";
        Dir::Cache "{root}/cache";
        Dir::Cache::archives "archives";
        Dir::Log "{root}/log";
        Dir::Etc::SourceList "{root}/sources.list";
        Dir::Etc::SourceParts "/dev/null";
        Dir::Etc::Preferences "/dev/null";
        Dir::Etc::PreferencesParts "/dev/null";
        #clear APT::Architectures;
        APT::Architecture "amd64";
        APT::Architectures "amd64";
        APT::Install-Recommends "false";
        APT::Sandbox::User "";
        #clear APT::Update::Pre-Invoke;
        #clear APT::Update::Post-Invoke;
        #clear APT::Update::Post-Invoke-Success;
        #clear APT::Update::Post-Invoke-Stats;
        APT::Update::Error-Mode "any";
        APT::Keep-Downloaded-Packages "true";
        Acquire::Check-Valid-Until "false";
        Acquire::Languages "none";
        Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";
        Acquire::Retries "3";

        """;

    private static async Task CheckAsync(string package, CancellationToken cancellationToken)
    {
        if (!File.Exists(package))
            throw Refusal($"apt did not download {Path.GetFileName(package)}.");
        await using FileStream file = File.OpenRead(package);
        string found = Convert.ToHexStringLower(await SHA256.HashDataAsync(file, cancellationToken));
        if (found != Sha256)
            throw Refusal($"{Path.GetFileName(package)} has the SHA-256 {found} and not {Sha256}.");
    }

    /// <summary>Keeps of the packages what Bochs runs with: a tenth.</summary>
    private static async Task KeepAsync(string tree, string kept, CancellationToken cancellationToken)
    {
        string libraries = Path.Combine(tree, Libraries), loader = Path.Combine(libraries, Loader);
        Directory.CreateDirectory(Path.Combine(kept, "lib"));
        foreach (string program in (string[])[Binary, $"{Plugins}/{Display}"])
        {
            // Lines as 'libc.so.6 => /there/libc.so.6 (0x...)'.
            foreach (string line in await RunAsync(loader, ["--library-path", libraries, "--list", Path.Combine(tree, program)], cancellationToken))
            {
                if (line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries) is [string name, "=>", string path, _] && path.StartsWith(libraries, StringComparison.Ordinal))
                    File.Copy(path, Path.Combine(kept, "lib", Path.GetFileName(name)), overwrite: true);
            }
        }

        foreach (string part in (string[])[Plugins, "usr/share/bochs", "usr/share/vgabios"])
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(kept, part))!);
            Directory.Move(Path.Combine(tree, part), Path.Combine(kept, part));
        }

        Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(kept, Binary))!);
        File.Move(Path.Combine(tree, Binary), Path.Combine(kept, Binary));
    }

    private void Publish(string kept)
    {
        try
        {
            Directory.Move(kept, folder);
        }
        catch (IOException) when (Directory.Exists(folder))
        {
            // Another run was faster, and has the same.
        }
    }

    /// <summary>Runs a program to its end and returns what it printed.</summary>
    private static async Task<string[]> RunAsync(string program, string[] arguments, CancellationToken cancellationToken)
    {
        var output = new List<string>();
        var errors = new List<string>();
        var start = new ProcessStartInfo(program, arguments);
        start.Environment["LC_ALL"] = "C";
        int status = await ChildProcess.RunAsync(start, output.Add, errors.Add, cancellationToken);
        string cause = errors.FindLast(line => line.StartsWith("E:", StringComparison.Ordinal)) ?? errors.LastOrDefault() ?? "";
        return status == 0 ? [.. output] : throw Refusal($"{Path.GetFileName(program)} ended with {status}. {cause}");
    }
}
