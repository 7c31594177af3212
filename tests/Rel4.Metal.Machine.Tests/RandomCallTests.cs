using System.Diagnostics;
using System.Globalization;
using Rel4.Abi;
using Rel4.Kernel;

namespace Rel4.Metal.Kernel;

/// <summary>Can any order of calls leave a page, an identifier, an interrupt or a port with somebody who has no capability for it?</summary>
/// <remarks><c>REL4_SEED</c> runs the episode of that seed first. <c>REL4_SOAK_MINUTES</c> goes on for so long.</remarks>
[Collection(nameof(MachineWorld))]
public sealed class RandomCallTests(ITestOutputHelper output)
{
    private const int Episodes = 30;
    private const int Steps = 2_500;
    private const int StepsPerSurvey = 25;

    private static readonly InvocationLabel[] s_used =
    [
        InvocationLabel.UntypedRetype, InvocationLabel.CNodeRevoke, InvocationLabel.CNodeDelete, InvocationLabel.CNodeCopy, InvocationLabel.CNodeMove,
        InvocationLabel.TcbSetSpace, InvocationLabel.IrqIssueIrqHandler, InvocationLabel.IrqSetIrqHandler, InvocationLabel.IrqClearIrqHandler,
        InvocationLabel.X86PdptMap, InvocationLabel.X86PdptUnmap, InvocationLabel.X86PageDirectoryMap, InvocationLabel.X86PageDirectoryUnmap,
        InvocationLabel.X86PageTableMap, InvocationLabel.X86PageTableUnmap, InvocationLabel.X86PageMap, InvocationLabel.X86PageUnmap,
        InvocationLabel.X86AsidControlMakePool, InvocationLabel.X86AsidPoolAssign, InvocationLabel.X86IOPortControlIssue,
    ];

    [Fact]
    public void SystemCalls_RandomOnMachineObjects_KeepInvariants()
    {
        ulong seed = Setting<ulong>("REL4_SEED") ?? (ulong)Stopwatch.GetTimestamp();
        double minutes = Setting<double>("REL4_SOAK_MINUTES") ?? 0;
        output.WriteLine($"REL4_SEED={seed}");
        long start = Stopwatch.GetTimestamp();
        var successes = new Dictionary<InvocationLabel, int>();
        for (int done = 0; done < Episodes || Stopwatch.GetElapsedTime(start).TotalMinutes < minutes; done++, seed++)
            Run(seed, successes);

        // What never succeeds is not tested.
        output.WriteLine(string.Join(", ", successes.Select(entry => $"{entry.Key} {entry.Value}")));
        Assert.All(s_used, label => Assert.True(successes.GetValueOrDefault(label) >= Episodes / 2, $"{label} succeeded {successes.GetValueOrDefault(label)} times."));
    }

    private static T? Setting<T>(string name)
        where T : struct, IParsable<T> =>
        T.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out T value) ? value : null;

    private static void Run(ulong seed, Dictionary<InvocationLabel, int> successes)
    {
        using var episode = new Episode(seed);
        int step = 0;
        try
        {
            for (; step < Steps; step++)
            {
                episode.Step();
                episode.Check(all: step % StepsPerSurvey == 0);
            }

            episode.End();
            episode.Check(all: true);
            AssertNothingIsLeft();
        }
        catch (Exception exception)
        {
            throw new InvalidOperationException($"REL4_SEED={seed} goes wrong at step {step}", exception);
        }

        foreach ((InvocationLabel label, int count) in episode.Successes)
            successes[label] = successes.GetValueOrDefault(label) + count;
    }

    private static unsafe void AssertNothingIsLeft()
    {
        for (uint pool = 0; pool < AddressSpaces.PoolCount; pool++)
            Assert.True(AddressSpaces.Pool(pool) == null, $"Pool {pool} is in use.");
        Assert.Equal(0UL, PortRange.IssuedCount);
        for (uint line = 0; line < InterruptController.LineCount; line++)
            Assert.False(InterruptLines.IsIssued(line));
    }
}
