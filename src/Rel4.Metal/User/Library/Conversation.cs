using System.Threading;
using Rel4.Runtime;

namespace Rel4.Metal.User;

/// <summary>Takes turns with another task: each posts to the other and waits for its answer.</summary>
/// <remarks>
/// A post that is lost leaves both waiting. So that it comes at each step of the other's way to sleep, there is a random pause between any two of them: none, some turns of a loop, or another
/// thread's time slice. Now and then the kernel posts in the place of SENDUIPI, to the same bit.
/// </remarks>
internal unsafe struct Conversation
{
    /// <summary>The bit that the other posts.</summary>
    public const ulong Answer = 1UL << 9;

    /// <summary>The bit that ends it.</summary>
    public const ulong Stop = 1UL << 10;

    /// <summary>Slot of the notification that the task is the receiver of.</summary>
    public const ulong OwnBell = TaskLayout.FirstFree;

    /// <summary>Slot of the other's, with the badge <see cref="Answer"/>.</summary>
    public const ulong OtherBell = TaskLayout.FirstFree + 1;

    private readonly CommandPage* _page;
    private readonly Manner _manner;
    private readonly ulong _longestPause;
    private SplitMix _random;
    private ulong _arrived;

    private Conversation(CommandPage* page)
    {
        _page = page;
        _random = new SplitMix(page->Sent.Word0);
        _longestPause = page->Sent.Word1;
        _manner = (Manner)page->Sent.Word2;
    }

    /// <summary>Takes as many turns as the command's argument says; the target is the index of the sender to the other. Word 0 is the seed, 1 the longest pause, 2 the <see cref="Manner"/>.</summary>
    /// <remarks>The page's <see cref="CommandPage.Turns"/> tell how far it is, its <see cref="CommandPage.Badge"/> how often it has gone to sleep.</remarks>
    public static void Hold(CommandPage* page)
    {
        page->Badge = 0;
        // What was for whoever had the page before.
        _ = Interruptions.TakeArrived();
        Interruptions.Unmask();
        var conversation = new Conversation(page);
        conversation.Run();
    }

    private readonly bool Has(Manner manner) => (_manner & manner) != 0;

    private void Run()
    {
        bool speaks = Has(Manner.Begins);
        for (ulong turn = 1; turn <= _page->Argument; turn++)
        {
            if (speaks)
                Post();
            else if (!TryAwait())
                return;
            speaks = !speaks;
            Volatile.Write(ref _page->Turns, turn);
        }
    }

    private void Post()
    {
        Pause();
        if (!Has(Manner.Spins) && _random.Below(4) == 0)
            SeL4.Signal(OtherBell);
        else
            Interruptions.Send(_page->Target);
    }

    /// <returns>False if it is told to stop.</returns>
    private bool TryAwait()
    {
        while ((_arrived & (Answer | Stop)) == 0)
            _arrived |= Has(Manner.Spins) ? Interruptions.TakeArrived() : Sleep();
        bool stops = (_arrived & Stop) != 0;
        _arrived = 0;
        return !stops;
    }

    /// <summary>Sleeps unless something has arrived: as <c>Executor.Park</c>.</summary>
    private ulong Sleep()
    {
        Pause();
        if (!Has(Manner.IsCareless))
            Interruptions.Mask();
        Pause();
        ulong word = Interruptions.TakeArrived();
        Pause();
        if (word == 0)
        {
            _page->Badge++;
            SeL4.Wait(OwnBell, out word);
        }

        Pause();
        Interruptions.Unmask();
        Pause();
        return word;
    }

    private void Pause()
    {
        if (_longestPause == 0)
            return;
        switch (_random.Below(4))
        {
            case 0:
                for (ulong i = _random.Below(_longestPause); i > 0; i--)
                    Volatile.Write(ref _page->Got.Word0, i);
                break;
            case 1:
                SeL4.Yield();
                break;
        }
    }
}
