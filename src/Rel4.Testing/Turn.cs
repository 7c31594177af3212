namespace Rel4.Testing;

/// <summary>One thread's place among those that take turns. Changed by whoever has the turn.</summary>
/// <param name="who">Whose it is, for messages.</param>
internal sealed class Turn(string who)
{
    /// <summary>Gets what lets the thread go on.</summary>
    public SemaphoreSlim Go { get; } = new(0);

    /// <summary>Gets or sets what it waits for, for messages.</summary>
    public string What { get; set; } = "";

    /// <summary>Gets or sets what it waits for; null while it has the turn.</summary>
    public Func<bool>? CanGoOn { get; set; } = static () => true;

    /// <summary>Gets or sets when it goes on whatever it waits for.</summary>
    public long Due { get; set; } = long.MaxValue;

    /// <summary>Gets or sets whether it goes on only when nobody else can.</summary>
    public bool IsLast { get; set; }

    /// <summary>Gets or sets whether it never gets a turn: its task was killed.</summary>
    public bool IsDead { get; set; }

    /// <summary>Gets or sets whether it is to end: whatever it waits for fails.</summary>
    public bool MustEnd { get; set; }

    /// <summary>Gets or sets why it can't go on, if nobody can.</summary>
    public string? Standstill { get; set; }

    /// <summary>Tells whether it can go on.</summary>
    public bool IsReady(long now) => MustEnd || Standstill is not null || (!IsDead && (Due <= now || CanGoOn is { } condition && condition()));

    /// <inheritdoc/>
    public override string ToString() => $"{who} {What}";
}
