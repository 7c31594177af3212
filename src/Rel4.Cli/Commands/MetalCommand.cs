using System.CommandLine;
using Rel4.Cli.Metal;
using Rel4.Hosted.Supervision;
using Spectre.Console;

namespace Rel4.Cli.Commands;

/// <summary>Builds the kernel for the bare machine and boots it in an emulator: <c>rel4 metal</c>.</summary>
internal static class MetalCommand
{
    /// <summary>The exit code when the machine did not come to the guest's own end, or the build failed.</summary>
    private const int CouldNotRun = 10;

    private static readonly Option<bool> NoBuild = new("--no-build") { Description = "Boots what was built last, without a look at the sources." };

    private const string Examples = """
        Examples:
          ./rel4 metal test                           runs the test suite in ring 3, a line for each row
          ./rel4 metal test --machine bochs           the same where there are user interrupts
          ./rel4 metal bench --json counts.json       counts what system calls cost, in instructions
          ./rel4 metal kv --machine bochs             counts what a call of a key-value store takes, by each way to call
          ./rel4 metal run --root mine.elf            boots your own root task
          ./rel4 metal run --root a.elf --module "b.elf b" --memory 3G
          ./rel4 metal run --root a.elf --until "all done"

        The exit code is the guest's exit status less 16: 0 passed, 1 failed, 2 the kernel or the root task panicked, 3 the root task
        faulted, 4 a debug call halted the machine; 10 if it did not get so far. With --until it is 0 once the text is printed, and 10
        if the guest ends well without it.

        Bochs is fetched from Debian into the cache folder of yours, once; REL4_BOCHS names one (3.1 or later) to use in its place.
        """;

    /// <summary>Makes the command.</summary>
    public static Command Create(Repository repository)
    {
        var images = new MetalImages(repository);
        return new DocumentedCommand("metal", "Builds the kernel for bare x86-64 and boots it in an emulator.", Examples)
        {
            Build(images),
            Run(images),
            Test(images),
            Bench(images),
            KeyValue(images),
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
        var root = new Option<FileInfo>("--root") { Description = "The root task, an ELF64 file.", HelpName = "FILE", Required = true };
        var modules = new Option<string[]>("--module")
        {
            Description = "Hands a file over at boot, with words behind its name. May be given several times.", HelpName = "\"FILE WORD...\"",
        };
        Option<int?> memory = MemoryOption.Create();
        var emulator = new MachineOptions();
        Option<int?> slots = NumberOption.Create(
            "--root-cnode-bits", "Gives the root task's CNode two to this power slots.", "BITS", "a whole number of bits", 8, 20, 12);
        var debugCalls = new Option<bool>("--debug-calls")
        {
            Description = "Boots the kernel for debugging, where any task may print, use the processor's registers and run what it writes.",
        };
        var smp = new Option<bool>("--sel4-smp")
        {
            Description = "Gives methods the labels of seL4's configuration for several processors, for programs that were built for it.",
        };
        var until = new Option<string>("--until") { Description = "Ends the machine, with success, at the first line that has this text.", HelpName = "TEXT" };
        Option<int?> timeout = Timeout();
        var words = new Argument<string[]>("words") { Description = "What the root task reads in its command line." };
        var command = new DocumentedCommand("run", "Boots the kernel with a root task and relays the serial console.", Examples)
        {
            root, modules, memory, slots, debugCalls, smp, until, timeout, NoBuild, words,
        };
        emulator.AddTo(command);
        command.SetAction((parsed, cancellationToken) =>
        {
            KernelVariant variant = parsed.GetValue(debugCalls) ? KernelVariant.DebugCalls : KernelVariant.Plain;
            string[] files = [string.Join(' ', [parsed.GetValue(root)!.FullName, .. parsed.GetValue(words) ?? []]), .. parsed.GetValue(modules) ?? []];
            var machine = new MachineDescription(images.Kernel(variant), files, Seconds(parsed, timeout))
            {
                BootSector = images.BootSector,
                KernelOptions = $"root-cnode-bits={parsed.GetValue(slots)} sel4-smp={(parsed.GetValue(smp) ? 1 : 0)}",
                MemoryMiB = parsed.GetValue(memory)!.Value,
                Until = parsed.GetValue(until),
            };
            return BuildThenAsync(parsed, images, () => Emulator.BootAsync(emulator.Apply(machine, parsed), Relay, Notice, cancellationToken), cancellationToken, variant);
        });
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
        var emulator = new MachineOptions();
        emulator.AddTo(command);
        command.SetAction((parsed, cancellationToken) => BuildThenAsync(
            parsed, images,
            () => Emulator.BootAsync(
                emulator.Apply(Suite(images, parsed.GetValue(plant) ? " plant-failure" : "", Seconds(parsed, timeout)), parsed), Relay, Notice, cancellationToken),
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
        var emulator = new MachineOptions();
        emulator.AddTo(command);
        command.SetAction((parsed, cancellationToken) => BuildThenAsync(
            parsed, images,
            () => BenchAsync(
                emulator.Apply(Suite(images, " bench", Seconds(parsed, timeout)), parsed), parsed.GetValue(json), counts => Terminal.Open().Write(counts.ToTable()), cancellationToken),
            cancellationToken));
        return command;
    }

    private static DocumentedCommand KeyValue(MetalImages images)
    {
        var json = new Option<FileInfo>("--json") { Description = "Writes the counts to this file.", HelpName = "FILE" };
        Option<int?> timeout = Timeout();
        var command = new DocumentedCommand(
            "kv", "Checks a key-value store in ring 3 and counts what a call of it takes, synchronous and asynchronous: a table and a chart, as Markdown.", Examples)
        {
            json, timeout, NoBuild,
        };
        var emulator = new MachineOptions();
        emulator.AddTo(command);
        command.SetAction((parsed, cancellationToken) => BuildThenAsync(
            parsed, images,
            () => BenchAsync(
                emulator.Apply(
                    new MachineDescription(images.Kernel(KernelVariant.Plain), images.KeyValueStore, Seconds(parsed, timeout)) { BootSector = images.BootSector }, parsed),
                parsed.GetValue(json), counts => Console.Write(KeyValueFigures.ToMarkdown(counts)), cancellationToken),
            cancellationToken));
        return command;
    }

    private static async Task<int> BenchAsync(MachineDescription machine, FileInfo? json, Action<BenchmarkCounts> show, CancellationToken cancellationToken)
    {
        var counts = new BenchmarkCounts();
        int status = await Emulator.BootAsync(machine, Read, Notice, cancellationToken);
        if (status != 0 || counts.IsEmpty)
            return status == 0 ? 1 : status;
        show(counts);
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

    private static void Notice(string text) => Console.Error.WriteLine($"rel4: {text}");

    private static Option<int?> Timeout() => NumberOption.Create(
        "--timeout", "Ends the machine after this long.", "SECONDS", "a whole number of seconds", 1, 86_400, 60);

    private static TimeSpan Seconds(ParseResult parsed, Option<int?> timeout) => TimeSpan.FromSeconds(parsed.GetValue(timeout)!.Value);

    private static MachineDescription Suite(MetalImages images, string words, TimeSpan limit) =>
        new(images.Kernel(KernelVariant.Plain), [images.Root + words, .. images.Modules], limit) { BootSector = images.BootSector };

    private static async Task<int> BuildThenAsync(
        ParseResult parsed, MetalImages images, Func<Task<int>> action, CancellationToken cancellationToken, KernelVariant variant = KernelVariant.Plain)
    {
        try
        {
            string? errors = parsed.GetValue(NoBuild) ? null : await images.BuildAsync(variant, cancellationToken);
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
