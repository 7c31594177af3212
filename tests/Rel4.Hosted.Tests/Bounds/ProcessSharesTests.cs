using System.Diagnostics;
using Rel4.Hosted.Kernel;
using Rel4.Hosted.Linux;
using Rel4.Hosted.Tests.UserInterrupts;

namespace Rel4.Hosted.Tests.Bounds;

/// <summary>Who has to rest or to wait for the next turn, and who not?</summary>
public sealed class ProcessSharesTests : IDisposable
{
    private const int Many = 100;

    private static readonly TimeSpan Longest = TimeSpan.FromMilliseconds(2);

    private readonly Shares _calls = new(Longest);
    private readonly FakeProcess _slow = new(1), _other = new(2);

    public void Dispose()
    {
        _slow.Dispose();
        _other.Dispose();
    }

    [Fact]
    public void End_OfLongCallsBesideOthers_LetsTheirProcessRestFromTheSecondOn()
    {
        CallWhileOthersCall(Compute);
        Assert.False(Rests(_slow));

        // Where this thread has to wait for a processor between the two, the others seem to be gone.
        for (int tries = 0; tries < 1000 && !Rests(_slow); tries++)
            CallWhileOthersCall(Compute);

        Assert.True(Rests(_slow));
        Assert.False(Rests(_other));
    }

    [Fact]
    public void End_OfCallsInWhichLinuxTookTheProcessorAway_LetsNobodyRest()
    {
        for (int i = 0; i < 4; i++)
            CallWhileOthersCall(() => Thread.Sleep(2 * Longest));

        Assert.False(Rests(_slow));
    }

    [Fact]
    public void End_OfLongCallsWithNobodyElseThere_LetsNobodyRest()
    {
        for (int i = 0; i < 4; i++)
            Call(_slow, Compute);

        Assert.False(Rests(_slow));
    }

    [Fact]
    public void End_OfShortCallsOfASuspect_LetsItGoOn()
    {
        CallWhileOthersCall(Compute);

        for (int i = 0; i < 4; i++)
            CallWhileOthersCall(() => { });

        Assert.False(Rests(_slow));
    }

    [Fact]
    public void MustWait_WhoHasMadeManyCallsInATurn_UntilTheNextTurnIfOthersCall()
    {
        Call(_slow, static () => { }, Many);
        Assert.False(_calls.MustWait(_slow.Process));

        // Where this thread has to wait for a processor between the two, the others seem to be gone.
        bool waited = false;
        for (int tries = 0; tries < 1000 && !waited; tries++)
        {
            Call(_other, static () => { }, 1);
            waited = _calls.MustWait(_slow.Process);
        }

        Assert.True(waited);
        Assert.False(_calls.MustWait(_other.Process));

        _calls.BeginTurn();
        Assert.False(_calls.MustWait(_slow.Process));
    }

    private static bool Rests(FakeProcess process) => process.Process.RestsUntil != 0;

    /// <summary>Takes the thread's processor for longer than any call should.</summary>
    private static void Compute()
    {
        long start = ThreadUsage.ProcessorNs;
        while (ThreadUsage.ProcessorNs - start < 2 * Longest.TotalNanoseconds)
            Thread.SpinWait(100);
    }

    private void CallWhileOthersCall(Action call)
    {
        Call(_other, () => { });
        Call(_slow, call);
    }

    private void Call(FakeProcess process, Action call, int times)
    {
        for (int i = 0; i < times; i++)
            Call(process, call);
    }

    private void Call(FakeProcess process, Action call)
    {
        _calls.Begin(process.Process);
        call();
        _calls.End(process.Process);
    }
}
