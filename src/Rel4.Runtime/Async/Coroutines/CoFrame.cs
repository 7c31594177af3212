namespace Rel4.Runtime;

/// <summary>What an executor resumes: an async method that is suspended, or other work that waits for its turn.</summary>
/// <remarks>Made by the runtime only.</remarks>
public abstract class CoFrame
{
    private protected CoFrame()
    {
    }

    /// <summary>The next in a pool.</summary>
    internal CoFrame? Next { get; set; }

    /// <summary>Whose coroutine's turn it takes; set while it is suspended or ready.</summary>
    internal Coroutine? Owner { get; set; }

    /// <summary>Goes on to the next <c>await</c>, or to the end.</summary>
    internal abstract void MoveNext();
}
