using Rel4.Abi;

namespace Rel4.Metal.Kernel;

/// <summary>Does everything that is posted reach its receiver, and nobody else, where the processor has user interrupts, whoever comes, goes, waits or is stopped meanwhile?</summary>
[Collection(nameof(MachineWorld))]
public sealed class UserInterruptTests
{
    private const int Episodes = 10;
    private const int Steps = 10_000;
    private const int StepsBetweenInvariants = 100;

    // What never happens is not tested.
    private const int Often = Steps / 1_000;
    private const int Seldom = 3;

    private static readonly InvocationLabel[] s_often =
    [
        InvocationLabel.UntypedRetype, InvocationLabel.CNodeDelete, InvocationLabel.CNodeMint, InvocationLabel.CNodeRevoke, InvocationLabel.TcbSuspend, InvocationLabel.TcbResume,
        InvocationLabel.TcbBindNotification, InvocationLabel.TcbUnbindNotification, InvocationLabel.TcbRegisterReceiver, InvocationLabel.TcbRegisterSender,
        InvocationLabel.NotificationUnregisterReceiver,
    ];

    private static readonly InvocationLabel[] s_seldom = [InvocationLabel.TcbUnregisterReceiver, InvocationLabel.TcbUnregisterSender];

    [Fact]
    public void Posts_InRandomOrder_ReachTheirReceiverAndNobodyElse()
    {
        for (ulong seed = 1; seed <= Episodes; seed++)
        {
            using var correspondence = new Correspondence(seed);
            int step = 0;
            try
            {
                for (; step < Steps; step++)
                {
                    correspondence.Step();
                    if (step % StepsBetweenInvariants == 0)
                        correspondence.CheckAll();
                }
            }
            catch (Exception exception) when (exception is InvalidOperationException or NullReferenceException or KeyNotFoundException)
            {
                Assert.Fail($"seed {seed}, step {step}: {exception.Message}\n{correspondence.History}\n{exception}");
            }

            Assert.All(s_often, label => Require(seed, correspondence.Successes.GetValueOrDefault(label), Often, $"{label}"));
            Assert.All(s_seldom, label => Require(seed, correspondence.Successes.GetValueOrDefault(label), Seldom, $"{label}"));
            Assert.All(Enum.GetValues<Correspondence.Event>(), what => Require(
                seed, correspondence.Counts.GetValueOrDefault(what), what == Correspondence.Event.NotifiedNobody ? Seldom : Often, $"{what}"));
            PostOracle oracle = correspondence.Oracle;
            Require(seed, oracle.Woken, Often, nameof(oracle.Woken));
            Require(seed, oracle.WokenBound, Often, nameof(oracle.WokenBound));
            Require(seed, oracle.Preempted, Often, nameof(oracle.Preempted));
            Require(seed, oracle.GivenBack, Often, nameof(oracle.GivenBack));
            Require(seed, oracle.ToldOfClosed, Often, nameof(oracle.ToldOfClosed));
            Require(seed, oracle.PostedToNobody, Often, nameof(oracle.PostedToNobody));
            Require(seed, oracle.MadeAgain, Often, nameof(oracle.MadeAgain));
        }
    }

    private static void Require(ulong seed, int count, int least, string what) => Assert.True(count >= least, $"seed {seed}: {what}, {count} times");
}
