using System.Runtime.CompilerServices;

namespace Rel4.Kernel;

/// <summary>What comes of invoking a method: a refusal, with nothing changed, or an outcome.</summary>
/// <remarks>The words of the refusal, in whose first the outcome has bits of its own: so it travels in registers, too.</remarks>
internal readonly struct Result
{
    private const int OutcomeShift = 32;

    private readonly ulong _word0;
    private readonly ulong _word1;

    private Result(ulong word0, ulong word1)
    {
        _word0 = word0;
        _word1 = word1;
    }

    /// <summary>Gets how it ended, if it was not refused.</summary>
    public Outcome Outcome => (Outcome)(_word0 >> OutcomeShift);

    /// <summary>Gets whether nothing was refused, and there is nothing to tell.</summary>
    public bool IsPlain => _word0 == 0;

    public Refusal Refusal => new((uint)_word0, _word1);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static implicit operator Result(Outcome outcome) => new((ulong)outcome << OutcomeShift, 0);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static implicit operator Result(Refusal refusal) => new(refusal.Raw.Word0, refusal.Raw.Word1);
}
