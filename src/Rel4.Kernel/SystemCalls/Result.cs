namespace Rel4.Kernel;

/// <summary>Is what comes of invoking a method: a refusal, with nothing changed, or an outcome.</summary>
internal readonly struct Result
{
    private Result(Outcome outcome, Refusal refusal)
    {
        Outcome = outcome;
        Refusal = refusal;
    }

    /// <summary>Gets how it ended, if it was not refused.</summary>
    public Outcome Outcome { get; }

    public Refusal Refusal { get; }

    public static implicit operator Result(Outcome outcome) => new(outcome, default);

    public static implicit operator Result(Refusal refusal) => new(default, refusal);
}
