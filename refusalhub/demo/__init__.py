"""The demo's content: invented pipelines, people, prompts, runs and decisions. Data and the generator alone.

people, topics, pipelines, prompts, guards, decisions   what there is (long texts in `texts/*.toml`)
requests, responses                                     how a run looks on the wire of its provider
runs                                                    twelve weeks of runs, the same for the same seed
scenarios                                               what the sandbox model server knows of the prompts

Everything here is made up and harmless. Nothing here touches the database.
"""
