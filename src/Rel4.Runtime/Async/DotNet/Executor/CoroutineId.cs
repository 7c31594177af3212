namespace Rel4.Runtime;

/// <content>Equality and text.</content>
public readonly partial struct CoroutineId : IEquatable<CoroutineId>
{
    /// <summary>Tells whether two name the same coroutine.</summary>
    public static bool operator ==(CoroutineId left, CoroutineId right) => left.Equals(right);

    /// <summary>Tells whether two name different coroutines.</summary>
    public static bool operator !=(CoroutineId left, CoroutineId right) => !left.Equals(right);

    /// <inheritdoc/>
    public bool Equals(CoroutineId other) => Value == other.Value;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is CoroutineId other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => Value.GetHashCode();

    /// <summary>Gives slot and generation, as <c>slot#generation</c>.</summary>
    public override string ToString() => $"{Slot}#{Generation}";
}
