namespace Rel4.Runtime.Tests;

/// <summary>Does everything that may wait get a thread to wait on, or hear that there is none?</summary>
public sealed class KernelThreadsTests
{
    private const int Rounds = 100_000, MostSpins = 2000;

    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(10);

    /// <summary>The only thread takes the first while somebody looks whether the second needs another one.</summary>
    [Fact]
    public void PostBlocking_WhileTheIdleThreadBegins_IsNotTakenForServed()
    {
        // The steward, and one that waits.
        using ScriptedMachine kernel = ThreadsMachine.Kernel();
        KernelThreads threads = KernelThreads.Start(new ThreadsMachine(mostThreads: 2));
        for (int round = 0; round < Rounds; round++)
        {
            var second = new ManualResetEventSlim();
            threads.PostBlocking(noThread =>
            {
                if (noThread is null)
                    second.Wait();
            });
            // Looked at by the steward at once, at any moment of the thread's beginning.
            int moment = Random.Shared.Next(MostSpins);
            threads.Post(() =>
            {
                Thread.SpinWait(moment);
                threads.PostBlocking(_ => second.Set());
            });
            Assert.True(second.Wait(s_limit, TestContext.Current.CancellationToken), $"the second of round {round} waits behind the first");
        }
    }

    [Fact]
    public void End_OfTheThreads_HasThemDoWhatTheyWereGivenAndRefusesWhatComesLater()
    {
        using ScriptedMachine kernel = ThreadsMachine.Kernel();
        KernelThreads threads = KernelThreads.Start(new ThreadsMachine(mostThreads: 2));
        using var done = new CountdownEvent(2);
        Exception? given = null;
        threads.Post(() => done.Signal());
        threads.PostBlocking(_ => done.Signal());

        threads.End();

        Assert.True(done.Wait(s_limit, TestContext.Current.CancellationToken), "what was given before the end is not done");
        threads.Post(() => Assert.Fail("nothing is done after the end"));
        threads.PostBlocking(noThread => given = noThread);
        Assert.IsType<KernelEndedException>(given);
        Assert.Throws<KernelEndedException>(() => threads.Invoke(() => 1));
    }
}
