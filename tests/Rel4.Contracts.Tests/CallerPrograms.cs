using Rel4.Runtime;

namespace Rel4.Contracts.Tests;

/// <summary>A server that knows its clients apart, and clients.</summary>
internal static class CallerPrograms
{
    /// <summary>The badge that the server wants nothing to do with.</summary>
    public const ulong Unwanted = 13;

    public static void Serve() => ReL4.Run(static () => CallerContract.ServeAsync(
        ContractSystem.Endpoint,
        static badge => badge == Unwanted ? throw new ContractException(403, "Not for you.") : new Caller(badge)));

    public static void Ask() => ReL4.Run(static async () =>
    {
        ICaller caller = CallerContract.Connect(ContractSystem.Endpoint);
        for (int i = 0; i < 100; i++)
        {
            // All under way at once, and beside the other client's.
            ValueTask<ulong> later = caller.BadgeLaterAsync(new CallbackPrograms.Watcher());
            ulong first = await caller.BadgeAsync();
            ulong[] others = await caller.BadgesAsync(new[] { 1, 2 }.ToAsyncEnumerable()).ToArrayAsync();
            if (await later != first || !others.SequenceEqual([first, first]))
                throw new InvalidOperationException($"{first} is another one, too.");
        }

        Console.WriteLine($"is {await caller.BadgeAsync()}");
    });

    public static void AskInVain() => ReL4.Run(static async () =>
    {
        ICaller caller = CallerContract.Connect(ContractSystem.Endpoint);
        await TellAsync(caller.BadgeAsync());
        await TellAsync(caller.BadgeLaterAsync(new CallbackPrograms.Watcher()));
        await TellAsync(caller.BadgesAsync(AsyncEnumerable.Empty<int>()).FirstAsync());
    });

    private static async ValueTask TellAsync(ValueTask<ulong> call)
    {
        try
        {
            Console.WriteLine(await call);
        }
        catch (ContractException error)
        {
            Console.WriteLine($"{error.ContractCode}: {error.Message}");
        }
    }
}
