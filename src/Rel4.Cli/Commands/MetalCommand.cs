using System.CommandLine;
using Rel4.Cli.Metal;
using Rel4.Hosted.Supervision;
using Spectre.Console;

namespace Rel4.Cli.Commands;

/// <summary>Builds the kernel for the bare machine and boots it in QEMU: <c>rel4 metal</c>.</summary>
internal static class MetalCommand
{
    /// <summary>The exit code when the machine did not come to the guest's own end, or the build failed.</summary>
    private const int CouldNotRun = 10;

    private static readonly Option<bool> NoBuild = new("--no-build") { Description = "Boots what was built last, without a look at the sources." };

    private const string Examples = """
        Examples:
          ./rel4 metal test                           runs the test suite in ring 3, a line for each row
          ./rel4 metal bench --json counts.json       counts what system calls cost, in instructions
          ./rel4 metal run --root mine.elf            boots your own root task
          ./rel4 metal run --root a.elf --module "b.elf b"

        The exit code is the guest's exit status less 16: 0 passed, 1 failed, 2 the kernel or the root task panicked, 3 the root task
        faulted; 10 if it did not get so far.
        """;

    /// <summary>Makes the command.</summary>
    public static Command Create(Repository repository)
    {
        var images = new MetalImages(repository);
        return new DocumentedCommand("metal", "Builds the kernel for bare x86-64 and boots it in QEMU.", Examples)
        {
            Build(images),
            Run(images),
            Test(images),
            Bench(images),
        };
    }

    private static DocumentedCommand Build(MetalImages images)
    {
        var command = new DocumentedCommand("build", "Builds the kernel, the root task and its tasks into artifacts/metal.", Examples);
        command.SetAction((parsed, cancellationToken) => BuildThenAsync(parsed, images, () => Task.FromResult(0), cancellationToken));
        return command;
    }

    private static DocumentedCommand Run(MetalImages images)
    {
        var root = new Option<FileInfo>("--root")
        {
            Description = "Boots this root task, an ELF64 file, in place of the suite's.", HelpName = "FILE",
        };
        var modules = new Option<string[]>("--module")
        {
            Description = "Hands a file over at boot, with words behind its name; in place of the suite's tasks.", HelpName = "\"FILE WORD...\"",
        };
        Option<int?> timeout = Timeout();
        var words = new Argument<string[]>("words") { Description = "What the root task reads in its command line." };
        var command = new DocumentedCommand("run", "Boots the kernel with a root task and relays the serial console.", Examples)
        {
            root, modules, timeout, NoBuild, words,
        };
        command.SetAction((parsed, cancellationToken) => BuildThenAsync(
            parsed, images,
            () => BootAsync(
                images,
                parsed.GetValue(root)?.FullName ?? images.Root,
                parsed.GetValue(words) ?? [],
                parsed.GetValue(modules) is { Length: > 0 } given ? given : images.Modules,
                Relay,
                parsed.GetValue(timeout)!.Value,
                cancellationToken),
            cancellationToken));
        return command;
    }

    private static DocumentedCommand Test(MetalImages images)
    {
        var plant = new Option<bool>("--plant-failure") { Description = "Makes one row expect the wrong thing: the suite must notice." };
        Option<int?> timeout = Timeout();
        var command = new DocumentedCommand("test", "Runs the test suite in ring 3 and prints each row with its result.", Examples)
        {
            plant, timeout, NoBuild,
        };
        command.SetAction((parsed, cancellationToken) => BuildThenAsync(
            parsed, images,
            () => BootAsync(
                images,
                images.Root,
                parsed.GetValue(plant) ? ["plant-failure"] : [],
                images.Modules,
                Relay,
                parsed.GetValue(timeout)!.Value,
                cancellationToken),
            cancellationToken));
        return command;
    }

    private static DocumentedCommand Bench(MetalImages images)
    {
        var json = new Option<FileInfo>("--json") { Description = "Writes the counts to this file.", HelpName = "FILE" };
        Option<int?> timeout = Timeout();
        var command = new DocumentedCommand("bench", "Counts the instructions that system calls take, user and kernel together.", Examples)
        {
            json, timeout, NoBuild,
        };
        command.SetAction((parsed, cancellationToken) => BuildThenAsync(
            parsed, images, () => BenchAsync(images, parsed.GetValue(json), parsed.GetValue(timeout)!.Value, cancellationToken), cancellationToken));
        return command;
    }

    private static async Task<int> BenchAsync(MetalImages images, FileInfo? json, int seconds, CancellationToken cancellationToken)
    {
        var counts = new BenchmarkCounts();
        int status = await BootAsync(images, images.Root, ["bench"], images.Modules, Read, seconds, cancellationToken);
        if (status != 0 || counts.IsEmpty)
            return status == 0 ? 1 : status;
        Terminal.Open().Write(counts.ToTable());
        if (json is not null)
        {
            json.Directory?.Create();
            await counts.SaveAsync(json.FullName, cancellationToken);
        }

        return 0;

        void Read(string line)
        {
            if (!counts.TryRead(line))
                Relay(line);
        }
    }

    /// <summary>Shows a line of the serial console, which a guest writes: it is trusted no more than a task.</summary>
    private static void Relay(string line) => Console.WriteLine(PrintableText.Of(line));

    private static Option<int?> Timeout() => NumberOption.Create(
        "--timeout", "Ends the machine after this long.", "SECONDS", "a whole number of seconds", 1, 86_400, 60);

    private static Task<int> BootAsync(
        MetalImages images,
        string root,
        string[] words,
        IEnumerable<string> modules,
        Action<string> onLine,
        int seconds,
        CancellationToken cancellationToken) =>
        Emulator.BootAsync(
            images.Kernel, [string.Join(' ', [root, .. words]), .. modules], onLine, TimeSpan.FromSeconds(seconds), cancellationToken);

    private static async Task<int> BuildThenAsync(
        ParseResult parsed, MetalImages images, Func<Task<int>> action, CancellationToken cancellationToken)
    {
        try
        {
            string? errors = parsed.GetValue(NoBuild) ? null : await images.BuildAsync(cancellationToken);
            if (errors is null)
                return await action();
            await Console.Error.WriteLineAsync(errors);
            await Console.Error.WriteLineAsync("rel4: the images were not built.");
        }
        catch (EmulatorException failure)
        {
            await Console.Error.WriteLineAsync($"rel4: {failure.Message}");
        }
        catch (OperationCanceledException)
        {
            return ExitCode.Interrupted;
        }

        return CouldNotRun;
    }
}
