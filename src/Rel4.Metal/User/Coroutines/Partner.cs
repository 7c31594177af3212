using Rel4.Runtime;

namespace Rel4.Metal.User;

/// <summary>One of two coroutines that wake each other, or one that lets others go on.</summary>
internal sealed class Partner(Executor executor)
{
    /// <summary>How often it does so.</summary>
    public const int Turns = 1000;

    private CoroutineId _other;

    /// <summary>Gets how often it woke the other.</summary>
    public int Woken { get; private set; }

    /// <summary>Wakes the other and suspends, over and over.</summary>
    public static async CoTask TakeTurnsAsync(Partner partner)
    {
        for (int i = 0; i < Turns; i++)
        {
            partner.WakeOther();
            await partner.Suspend();
        }

        partner.WakeOther();
    }

    /// <summary>Yields, over and over.</summary>
    public static async CoTask YieldAsync(Partner partner)
    {
        for (int i = 0; i < Turns; i++)
            await partner.Yield();
    }

    /// <summary>Says whom it wakes.</summary>
    public void Meet(CoroutineId other) => _other = other;

    private void WakeOther()
    {
        if (executor.Wake(_other))
            Woken++;
    }

    private CoTask Suspend() => executor.Suspend();

    private CoTask Yield() => executor.Yield();
}
