namespace Rel4.Contracts.Tests;

[Contract]
internal interface IUploads
{
    /// <summary>Adds all, and multiplies.</summary>
    ValueTask<long> SumAsync(int factor, IAsyncEnumerable<int> numbers, CancellationToken cancel = default);

    /// <summary>Adds pairs of two streams, and returns each as it comes.</summary>
    IAsyncEnumerable<string> AddAsync(IAsyncEnumerable<int> left, string prefix, IAsyncEnumerable<int> right, CancellationToken cancel = default);

    /// <summary>Reads so many, and then waits until <see cref="GoOnAsync"/>.</summary>
    ValueTask TakeAsync(int count, IAsyncEnumerable<int> numbers, CancellationToken cancel = default);

    /// <summary>Reads so many, and tells what ended it.</summary>
    ValueTask<string> TellAsync(IAsyncEnumerable<int> numbers);

    ValueTask GoOnAsync();

    /// <summary>Tells how many streams have ended in <see cref="TakeAsync"/>, and how many items were read by it.</summary>
    ValueTask<int[]> StateAsync();
}
