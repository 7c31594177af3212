namespace Rel4.Abi;

/// <summary>Names which part of a message a record carries.</summary>
public enum RecordPart : uint
{
    /// <summary>All of it.</summary>
    Whole,

    /// <summary>Its length, and its beginning.</summary>
    First,

    /// <summary>Neither its beginning nor its end.</summary>
    Middle,

    /// <summary>Its end; without payload, the end of an attempt.</summary>
    Last,

    /// <summary>Nothing but where it is: in memory that its writer lends. The payload is a <see cref="LentPlace"/>.</summary>
    Lent,

    /// <summary>A message of the reader's own, which it has lent and gets back so: a reply with the same bytes. The payload is its <see cref="LentPlace"/>.</summary>
    Returned,
}
