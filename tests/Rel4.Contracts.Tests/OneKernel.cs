namespace Rel4.Contracts.Tests;

/// <summary>Names the tests that start a kernel in this process, of which there can be one at a time.</summary>
[CollectionDefinition(nameof(OneKernel), DisableParallelization = true)]
public sealed class OneKernel;
