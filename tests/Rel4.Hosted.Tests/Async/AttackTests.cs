using System.Globalization;
using Rel4.Abi;
using Rel4.Hosted.Composition;

namespace Rel4.Hosted.Tests.Async;

/// <summary>Does a server go on while one of its clients does it harm?</summary>
/// <remarks>Rates are from one run, and the margin is wide: on two processors the attacker takes one.</remarks>
[Collection(nameof(OneKernel))]
public sealed class AttackTests(ITestOutputHelper output)
{
    private const double LeastShare = 0.05;
    private const long MostMemory = 300L << 20;

    [Fact]
    public async Task Client_ThatWritesRandomBytesIntoItsFrame_LosesItsChannelOnly()
    {
        int mutations = Soak.Minutes > 0 ? 1_000_000 : 10_000;

        IReadOnlyList<string> written = await RunAsync(output, "client2", AttackPrograms.Mutate, mutations);

        int[] counts = [.. written.Single(line => line.StartsWith("mutations", StringComparison.Ordinal)).Split(' ').Where((_, i) => i % 2 == 1).Select(Parse)];
        Assert.True(counts[0] >= mutations);
        Assert.True(counts[2] > 0, "no channel was closed");
        Assert.True(ViolationsOf(written) > 0, "no violation was found");
    }

    [Fact]
    public async Task Client_ThatFloods_LeavesOthersTheirShare() => _ = await RunAsync(output, "attacker", AttackPrograms.Flood);

    [Fact]
    public async Task Client_ThatReadsNoReplies_StopsNobodyElse() => _ = await RunAsync(output, "attacker", AttackPrograms.ReadNothing);

    [Fact]
    public async Task Server_ThatBreaksTheProtocol_IsNamedWithTheField() => Assert.Equal(
        ["call: 0 5 hello", "broken: ProtocolViolation RecordLength"],
        await AsyncSystem.RunAsync(AsyncSystem.Compose(AttackPrograms.BreakAsServer, MemberPrograms.CallWhoBreaks)));

    /// <summary>Runs a client beside an attacker, and requires that it keeps its share of calls, and the server its memory.</summary>
    private static async Task<IReadOnlyList<string>> RunAsync(ITestOutputHelper output, string attacker, Action program, int mutations = 0)
    {
        var composition = new AsyncComposition(Service.Run);
        TaskBuilder bystander = composition.AddClient(AttackPrograms.CallSteadily);
        TaskBuilder hostile = composition.AddClient(attacker, program)
            .Environment(AttackPrograms.Seed, Soak.Seed(output).ToString(CultureInfo.InvariantCulture))
            .Environment(AttackPrograms.Mutations, mutations.ToString(CultureInfo.InvariantCulture));

        composition.LetSignal(bystander, AttackPrograms.Begin, hostile);
        composition.LetSignal(hostile, AttackPrograms.Begun, bystander);

        IReadOnlyList<string> written = await AsyncSystem.RunAsync(composition.Builder, TimeSpan.FromMinutes(Soak.Minutes + 1));

        foreach (string line in written)
            output.WriteLine(line);
        int[] rates = [.. written.Single(line => line.StartsWith("calls/s", StringComparison.Ordinal)).Split(' ')[1..].Select(Parse)];
        Assert.True(rates[1] >= rates[0] * LeastShare, $"of {rates[0]} calls/s {rates[1]} are left");
        Assert.True(Value(written, "memory") < MostMemory, "the server's memory grows");
        return written;
    }

    private static long ViolationsOf(IReadOnlyList<string> written) => Value(written, "violations");

    private static long Value(IReadOnlyList<string> written, string name) => long.Parse(
        written.Single(line => line.StartsWith(name, StringComparison.Ordinal)).Split(' ')[1], CultureInfo.InvariantCulture);

    private static int Parse(string number) => int.Parse(number, CultureInfo.InvariantCulture);
}
